//! Who answers in a session: its agent, its model and how hard that thinks. Kept for each session, also for the
//! next run.

use std::path::PathBuf;

use super::catalogue::{Agent, List, Model};
use super::command::{Command, CommandError, Outcome};
use super::effect::{EditorEffect, Effect, Level, ReadPurpose};
use super::ids::{DraftId, FolderId, SessionId};
use super::inert::inert;
use super::lists::ListPurpose;
use super::menus::{Entry, Menu};
use super::server::{ModelName, PromptOptions};
use super::showing::file_name;
use super::state::State;

/// What a question named and opencode does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    Agent(String),
    Model(ModelName),
}

/// The entry that leaves it to opencode.
const OPENCODES: &str = "opencode's own choice";

impl State {
    /// The options of a question: what it says itself, else what was chosen for its session.
    pub(super) fn options_for(&self, session: &SessionId, own: &PromptOptions) -> PromptOptions {
        let chosen = self.sessions.get(session).map(|info| info.choice.clone()).unwrap_or_default();
        let has_model = own.model.is_some();
        PromptOptions {
            agent: own.agent.clone().or(chosen.agent),
            model: own.model.clone().or(chosen.model),
            variant: own.variant.clone().or(chosen.variant.filter(|_| !has_model)),
        }
    }

    /// What is chosen for the session that a folder's questions go to, or for the one that is to come.
    pub(super) fn choice_of(&self, folder: FolderId) -> PromptOptions {
        let Some(folder) = self.folders.get(folder) else {
            return PromptOptions::default();
        };
        match &folder.session {
            Some(session) => self.sessions.get(session).map(|info| info.choice.clone()).unwrap_or_default(),
            None => folder.next.clone(),
        }
    }

    fn set_choice(&mut self, id: FolderId, change: impl FnOnce(&mut PromptOptions)) {
        let Some(folder) = self.folders.get_mut(id) else {
            return;
        };
        match folder.session.clone() {
            None => change(&mut folder.next),
            Some(session) => {
                let choice = &mut self.sessions.entry(session.clone()).or_default().choice;
                change(choice);
                self.keep_choice(&session);
            }
        }
    }

    /// A session was made for a folder: what was chosen for it is its own now.
    pub(super) fn take_choice(&mut self, folder: FolderId, session: &SessionId) {
        let next = self.folders.get_mut(folder).map(|folder| std::mem::take(&mut folder.next)).unwrap_or_default();
        if next != PromptOptions::default() {
            self.sessions.entry(session.clone()).or_default().choice = next;
            self.keep_choice(session);
        }
    }

    /// A copy of a session is answered as it was.
    pub(super) fn copy_choice(&mut self, from: &SessionId, to: &SessionId) {
        let choice = self.sessions.get(from).map(|info| info.choice.clone()).unwrap_or_default();
        if choice != PromptOptions::default() {
            self.sessions.entry(to.clone()).or_default().choice = choice;
            self.keep_choice(to);
        }
    }

    fn choice_path(&self, session: &SessionId) -> PathBuf {
        self.own_file(self.home_of(session), &format!("sessions/{}.txt", file_name(session.as_str())))
    }

    fn keep_choice(&mut self, session: &SessionId) {
        let text = self.sessions.get(session).map(|info| written(&info.choice)).unwrap_or_default();
        let path = self.choice_path(session);
        self.effect(Effect::WriteOwn { path, text });
    }

    /// Reads what an earlier run was told of a session.
    pub(super) fn recall_choice(&mut self, session: &SessionId) {
        let path = self.choice_path(session);
        self.effect(Effect::Read { path, why: ReadPurpose::Choice(session.clone()) });
    }

    pub(super) fn choice_read(&mut self, session: SessionId, text: Option<&str>) {
        let choice = &mut self.sessions.entry(session).or_default().choice;
        if let Some(text) = text.filter(|_| *choice == PromptOptions::default()) {
            *choice = read(text);
        }
    }

    pub(super) fn choose_agent(&mut self, wanted: Option<String>) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folders.here())?;
        Ok(self.fetch(folder, List::Agents, ListPurpose::Agent { folder, wanted }))
    }

    pub(super) fn choose_model(&mut self, wanted: Option<String>) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folders.here())?;
        Ok(self.fetch(folder, List::Models, ListPurpose::Model { folder, wanted }))
    }

    pub(super) fn choose_variant(&mut self, wanted: Option<String>) -> Result<Outcome, CommandError> {
        let folder = self.connected(self.folders.here())?;
        Ok(self.fetch(folder, List::Models, ListPurpose::Variant { folder, wanted }))
    }

    pub(super) fn agents_listed(&mut self, folder: FolderId, wanted: Option<&str>, agents: &[Agent]) {
        let offered = || agents.iter().filter(|agent| agent.is_offered());
        if let Some(name) = wanted {
            if name.is_empty() || offered().any(|agent| agent.name == name) {
                self.set_choice(folder, |choice| choice.agent = some(name));
                self.say_chosen("agent", name);
                return;
            }
            self.say_missing(&Missing::Agent(name.to_owned()));
        }
        let now = self.choice_of(folder).agent;
        let choose = |name: &str| Command::ChooseAgent { agent: Some(name.to_owned()) };
        let entry = |agent: &Agent| {
            let detail = detail(now.as_deref() == Some(&*agent.name), &agent.description);
            Entry::new(&*agent.name, detail, choose(&agent.name))
        };
        let mut entries: Vec<Entry> = offered().map(entry).collect();
        entries.push(Entry::new(OPENCODES, detail(now.is_none(), ""), choose("")));
        self.offer(Menu { title: "Which agent is to answer?".to_owned(), entries });
    }

    pub(super) fn models_listed(&mut self, folder: FolderId, wanted: Option<&str>, models: &[Model]) {
        if let Some(name) = wanted {
            let model = models.iter().find(|model| model.name.to_string() == name);
            if name.is_empty() || model.is_some() {
                let model = model.map(|model| model.name.clone());
                self.set_choice(folder, |choice| {
                    choice.variant = choice.variant.take().filter(|_| choice.model == model);
                    choice.model = model;
                });
                self.say_chosen("model", name);
                return;
            }
            self.say_none(&format!("There is no model “{}” in this opencode", inert(name, 100)));
        }
        let now = self.choice_of(folder).model;
        let choose = |name: String| Command::ChooseModel { model: Some(name) };
        let entry = |model: &Model| {
            let label = format!("{}, {}", model.title, model.provider);
            let detail = detail(now.as_ref() == Some(&model.name), &model.name.to_string());
            Entry::new(label, detail, choose(model.name.to_string()))
        };
        let mut entries: Vec<Entry> = models.iter().map(entry).collect();
        entries.push(Entry::new(OPENCODES, detail(now.is_none(), ""), choose(String::new())));
        self.offer(Menu { title: "Which model is to answer?".to_owned(), entries });
    }

    pub(super) fn variants_listed(&mut self, folder: FolderId, wanted: Option<&str>, models: &[Model]) {
        let choice = self.choice_of(folder);
        let used = self.folders.get(folder).and_then(|folder| folder.session.as_ref());
        let used = used.and_then(|session| self.sessions.get(session)?.model.clone());
        let name = choice.model.or(used);
        let is_it = |model: &&Model| name.as_ref().map_or(model.is_default, |name| model.name == *name);
        let Some(model) = models.iter().find(is_it) else {
            self.say_none("Which model answers is not known; choose one with opencode.model first");
            return;
        };
        if let Some(variant) = wanted {
            if variant.is_empty() || model.variants.iter().any(|known| known == variant) {
                self.set_choice(folder, |choice| choice.variant = some(variant));
                self.say_chosen("variant", variant);
                return;
            }
            self.say_none(&format!("{} has no variant “{}”", inert(&model.title, 100), inert(variant, 100)));
        }
        if model.variants.is_empty() {
            self.say_none(&format!("{} has no variants", inert(&model.title, 100)));
            return;
        }
        let choose = |name: &str| Command::ChooseVariant { variant: Some(name.to_owned()) };
        let entry =
            |name: &String| Entry::new(&**name, detail(choice.variant.as_ref() == Some(name), ""), choose(name));
        let mut entries: Vec<Entry> = model.variants.iter().map(entry).collect();
        entries.push(Entry::new(OPENCODES, detail(choice.variant.is_none(), ""), choose("")));
        self.offer(Menu { title: format!("Which variant of {}?", inert(&model.title, 100)), entries });
    }

    fn say_chosen(&mut self, what: &str, name: &str) {
        let text = match name {
            "" => format!("opencode chooses the {what} itself from now on"),
            name => format!("The {what} from now on: {}", inert(name, 100)),
        };
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }

    fn say_missing(&mut self, missing: &Missing) {
        self.say_none(&missing.to_string());
    }

    fn say_none(&mut self, text: &str) {
        self.editor(EditorEffect::Message { level: Level::Error, text: text.to_owned() });
    }

    /// A question names what is gone: it goes back to the user, who may choose another.
    pub(super) fn missing(&mut self, draft: DraftId, missing: Missing) {
        let Some((folder, own)) = self.turns.running.get(&draft).map(|turn| (turn.folder, &turn.ask.options)) else {
            return;
        };
        if missing.is_named_by(own) {
            // What is chosen for the session would not help it.
            let problem = missing.what();
            self.undelivered(draft, &problem);
            return;
        }
        self.undelivered(draft, &missing.to_string());
        if !self.folders.connection(folder).is_connected() {
            // opencode may just be loading its configuration anew.
            if let Some(folder) = self.folders.get_mut(folder) {
                folder.lacking = Some(missing);
            }
            return;
        }
        self.offer_instead(folder, &missing);
    }

    /// The connection is back: what was missing is chosen now.
    pub(super) fn offer_what_was_missing(&mut self, folder: FolderId) {
        if let Some(missing) = self.folders.get_mut(folder).and_then(|folder| folder.lacking.take()) {
            self.offer_instead(folder, &missing);
        }
    }

    fn offer_instead(&mut self, folder: FolderId, missing: &Missing) {
        match missing {
            Missing::Agent(_) => self.fetch(folder, List::Agents, ListPurpose::Agent { folder, wanted: None }),
            Missing::Model(_) => self.fetch(folder, List::Models, ListPurpose::Model { folder, wanted: None }),
        };
    }
}

impl Missing {
    /// Whether a question names it itself: in its header, or by a ready prompt.
    fn is_named_by(&self, options: &PromptOptions) -> bool {
        match self {
            Self::Agent(name) => options.agent.as_ref() == Some(name),
            Self::Model(name) => options.model.as_ref() == Some(name),
        }
    }

    fn what(&self) -> String {
        let (what, name) = match self {
            Self::Agent(name) => ("agent", inert(name, 100)),
            Self::Model(name) => ("model", inert(&name.to_string(), 100)),
        };
        format!("there is no {what} “{name}” in this opencode (any more)")
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let command = match self {
            Self::Agent(_) => "opencode.agent",
            Self::Model(_) => "opencode.model",
        };
        write!(f, "{}; choose another with {command}", self.what())
    }
}

fn some(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.to_owned())
}

fn detail(is_now: bool, about: &str) -> String {
    match (is_now, about.is_empty()) {
        (false, _) => about.to_owned(),
        (true, true) => "now".to_owned(),
        (true, false) => format!("now; {about}"),
    }
}

/// One line each: what it is, and its name.
fn written(choice: &PromptOptions) -> String {
    let model = choice.model.as_ref().map(ToString::to_string);
    let lines = [("agent", &choice.agent), ("model", &model), ("variant", &choice.variant)];
    let lines = lines.into_iter().filter_map(|(what, name)| Some((what, name.as_ref()?)));
    lines.filter(|(_, name)| !name.contains('\n')).map(|(what, name)| format!("{what} {name}\n")).collect()
}

fn read(text: &str) -> PromptOptions {
    let mut choice = PromptOptions::default();
    for (what, name) in text.lines().filter_map(|line| line.split_once(' ')) {
        match what {
            "agent" => choice.agent = Some(name.to_owned()),
            "model" => choice.model = ModelName::parse(name),
            "variant" => choice.variant = Some(name.to_owned()),
            _ => {}
        }
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_can_be_read() {
        let choice = PromptOptions {
            agent: Some("my agent".to_owned()),
            model: ModelName::parse("p/a/1"),
            variant: Some("high".to_owned()),
        };
        assert_eq!(read(&written(&choice)), choice);
        assert_eq!(read(&written(&PromptOptions::default())), PromptOptions::default());
        assert_eq!(read("nonsense\nagent\nmodel none\n"), PromptOptions::default());
    }
}
