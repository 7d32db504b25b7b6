//! Menus: one choice among several, by whatever means the client has.
//!
//! A plugin that announced it shows them itself; else they are dialogs, a page at a time; where the client has
//! no dialogs either (Helix 25.01), the entries are code actions for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use super::actions::Action;
use super::command::{Command, Outcome};
use super::dialogs::About;
use super::effect::{EditorEffect, Effect, Level, Timer};
use super::event::{ChooseAnswer, DialogAnswer};
use super::ids::MenuId;
use super::inert::inert;
use super::state::State;

/// Entries that a dialog shows at once: terminals show them as lines, VS Code as buttons.
const PAGE: usize = 8;
const MORE: &str = "More…";
/// How long entries are offered as code actions.
const OFFERED_FOR: Duration = Duration::from_secs(120);

/// What there is to choose from. Choosing an entry is running its command.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// A question, such as `Which session?`.
    pub title: String,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub label: String,
    /// What tells it from others; may be empty.
    pub detail: String,
    pub command: Command,
}

impl Entry {
    pub fn new(label: impl Into<String>, detail: impl Into<String>, command: Command) -> Self {
        Self { label: label.into(), detail: detail.into(), command }
    }

    /// For people, inert.
    pub(super) fn title(&self) -> String {
        let label = inert(&self.label, 80);
        match self.detail.is_empty() {
            true => label,
            false => format!("{label} ({})", inert(&self.detail, 80)),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Menus {
    last: u64,
    /// Shown by the plugin.
    open: BTreeMap<MenuId, Menu>,
    /// Shown as code actions.
    offered: Option<(MenuId, Menu)>,
}

impl Menus {
    fn next(&mut self) -> MenuId {
        self.last += 1;
        MenuId(self.last)
    }
}

impl State {
    /// Lets the user choose. The entries may come from opencode: they are made inert here.
    pub(super) fn offer(&mut self, menu: Menu) -> Outcome {
        if self.plugin.has_menus() {
            let id = self.menus.next();
            let items =
                menu.entries.iter().map(|entry| (inert(&entry.label, 200), inert(&entry.detail, 200))).collect();
            self.editor(EditorEffect::Choose { id, title: menu.title.clone(), items });
            self.menus.open.insert(id, menu);
        } else if self.dialogs.unsupported {
            self.offer_as_actions(menu);
        } else {
            self.ask_page(menu, 0);
        }
        Outcome::Done
    }

    /// A page of a menu, as a dialog. The user is in the middle of it.
    fn ask_page(&mut self, menu: Menu, from: usize) {
        let (title, buttons) = (menu.title.clone(), buttons(&menu, from));
        self.ask_user_again(About::Menu { menu, from }, Level::Info, title, buttons);
    }

    pub(super) fn menu_answered(&mut self, menu: Menu, from: usize, answer: DialogAnswer) {
        match answer {
            DialogAnswer::Chosen(title) if title == MORE => self.ask_page(menu, from + PAGE),
            DialogAnswer::Chosen(title) => {
                let at = buttons(&menu, from).iter().position(|button| *button == title);
                if let Some(entry) = at.and_then(|at| menu.entries.into_iter().nth(from + at)) {
                    self.run(entry.command);
                }
            }
            DialogAnswer::Dismissed => {}
            DialogAnswer::Unsupported => {
                self.dialogs.unsupported = true;
                self.offer_as_actions(menu);
            }
        }
    }

    pub(super) fn menu_chosen(&mut self, id: MenuId, answer: ChooseAnswer) {
        let Some(menu) = self.menus.open.remove(&id) else {
            return;
        };
        match answer {
            ChooseAnswer::Entry(at) => {
                if let Some(entry) = menu.entries.into_iter().nth(at) {
                    self.run(entry.command);
                }
            }
            ChooseAnswer::GivenUp => {}
            ChooseAnswer::Unsupported => {
                self.plugin.forget_menus();
                self.offer(menu);
            }
        }
    }

    fn offer_as_actions(&mut self, menu: Menu) {
        let id = self.menus.next();
        let text = format!("{} The answers are among the code actions now.", menu.title);
        self.menus.offered = Some((id, menu));
        self.effect(Effect::After(OFFERED_FOR, Timer::Menu(id)));
        self.editor(EditorEffect::Message { level: Level::Info, text });
    }

    pub(super) fn menu_timed_out(&mut self, id: MenuId) {
        self.menus.offered.take_if(|(offered, _)| *offered == id);
    }

    /// The entries of a menu that is shown in no other way.
    pub(super) fn menu_actions(&self, actions: &mut Vec<Action>) {
        for entry in self.menus.offered.iter().flat_map(|(_, menu)| &menu.entries) {
            let title = format!("opencode: {}", entry.title());
            actions.push(Action { title, kind: None, command: entry.command.clone(), diagnostics: Vec::new() });
        }
    }

    /// A command is run: if it is an entry that was offered, the choice is made.
    pub(super) fn menu_done(&mut self, command: &Command) {
        self.menus.offered.take_if(|(_, menu)| menu.entries.iter().any(|entry| entry.command == *command));
    }

    /// Runs a command for which no request of the editor waits.
    pub(super) fn run(&mut self, command: Command) {
        if let Err(error) = self.command(command) {
            self.editor(EditorEffect::Message { level: Level::Error, text: error.to_string() });
        }
    }
}

/// The titles of a page: they are all that comes back.
fn buttons(menu: &Menu, from: usize) -> Vec<String> {
    let mut buttons = told_apart(menu.entries.iter().skip(from).take(PAGE).map(Entry::title), &[MORE]);
    if menu.entries.len() > from + PAGE {
        buttons.push(MORE.to_owned());
    }
    buttons
}

/// Titles of which no two are alike, and none is one of those that mean something else.
pub(super) fn told_apart(titles: impl Iterator<Item = String>, others: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for title in titles {
        let mut own = title.clone();
        let mut number = 2;
        while others.contains(&own.as_str()) || all.contains(&own) {
            own = format!("{title} [{number}]");
            number += 1;
        }
        all.push(own);
    }
    all
}
