//! `docs/api.md` against what real servers say they have.

const PATHS: [(&str, &str); 2] =
    [("1.1.27", include_str!("1.1.27/paths.txt")), ("1.18.34", include_str!("1.18.34/paths.txt"))];

#[test]
fn every_path_of_the_api_is_named_and_none_that_is_not_there() {
    let page = include_str!("../../docs/api.md");
    for (version, paths) in PATHS {
        let missing: Vec<&str> = paths.lines().filter(|path| !page.contains(&format!("`{path}`"))).collect();
        assert!(missing.is_empty(), "{version}: {missing:?}");
    }
    let known: Vec<&str> = PATHS.iter().flat_map(|(_, paths)| paths.lines()).collect();
    // Between backticks, every other piece; the TUI's own words and opencode's route for its description are no paths.
    let named = page.split('`').skip(1).step_by(2).filter(|name| name.starts_with('/'));
    let unknown: Vec<&str> =
        named.filter(|name| !known.contains(name) && !["/connect", "/doc"].contains(name)).collect();
    assert!(unknown.is_empty(), "no server has {unknown:?}");
}
