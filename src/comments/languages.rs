//! The languages whose comments are known, by LSP's language id and by the file's name.

use std::path::Path;

use super::syntax::*;

const SLASHES: &[&str] = &["//"];
const HASH: &[&str] = &["#"];
const DASHES: &[&str] = &["--"];
const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];
const NONE: &[(&str, &str)] = &[];

const BASE: Syntax = Syntax {
    line: &[],
    block: NONE,
    nested: false,
    strings: &[],
    apostrophe: Apostrophe::Plain,
    extra: Extra::Nothing,
};

/// C and what is written like it: comments, strings, characters.
const C: Syntax =
    Syntax { line: SLASHES, block: C_BLOCK, strings: &[SHORT], apostrophe: Apostrophe::Character, ..BASE };
const JAVA: Syntax = Syntax { strings: &[TRIPLE, SHORT], ..C };
const SWIFT: Syntax = Syntax { nested: true, ..JAVA };
const CPP: Syntax = Syntax { extra: Extra::Cpp, ..C };
const CSHARP: Syntax = Syntax { strings: &[RAW_TRIPLE, VERBATIM, SHORT], ..C };
const GO: Syntax = Syntax { strings: &[SHORT, BACKTICKS], ..C };
const RUST: Syntax = Syntax { strings: &[LONG], nested: true, extra: Extra::Rust, ..C };
const ZIG: Syntax = Syntax { block: NONE, extra: Extra::Zig, ..C };
const SCRIPT: Syntax =
    Syntax { strings: &[SHORT, SHORT_SINGLE, TEMPLATE], apostrophe: Apostrophe::Plain, extra: Extra::Script, ..C };
const DART: Syntax =
    Syntax { strings: &[TRIPLE, TRIPLE_SINGLE, SHORT, SHORT_SINGLE], apostrophe: Apostrophe::Plain, nested: true, ..C };
const PHP: Syntax = Syntax {
    line: &["//", "#"],
    strings: &[LONG, LONG_SINGLE, BACKTICKS],
    apostrophe: Apostrophe::Plain,
    extra: Extra::Php,
    ..C
};
const STYLES: Syntax =
    Syntax { line: SLASHES, block: C_BLOCK, strings: &[SHORT, SHORT_SINGLE], extra: Extra::Words, ..BASE };
const CSS: Syntax = Syntax { line: &[], ..STYLES };
const MARKUP: Syntax = Syntax { block: &[("<!--", "-->")], ..BASE };

const PYTHON: Syntax = Syntax { line: HASH, strings: &[TRIPLE, TRIPLE_SINGLE, SHORT, SHORT_SINGLE], ..BASE };
const ELIXIR: Syntax = Syntax {
    line: HASH,
    strings: &[TRIPLE, TRIPLE_SINGLE, LONG, LONG_SINGLE],
    apostrophe: Apostrophe::NotInWords,
    ..BASE
};
const RUBY: Syntax = Syntax {
    line: HASH,
    block: &[("=begin", "=end")],
    strings: &[LONG, LONG_SINGLE, BACKTICKS],
    extra: Extra::Ruby,
    ..BASE
};
const PERL: Syntax = Syntax { block: &[("=pod", "=cut")], apostrophe: Apostrophe::NotInWords, ..RUBY };
const SHELL: Syntax = Syntax { line: HASH, strings: &[DOLLAR_SINGLE, LONG, RAW_SINGLE], extra: Extra::Shell, ..BASE };
const POWERSHELL: Syntax = Syntax {
    line: HASH,
    block: &[("<#", "#>")],
    strings: &[HERE, HERE_SINGLE, DOUBLED, DOUBLED_SINGLE],
    extra: Extra::Words,
    ..BASE
};
const YAML: Syntax = Syntax {
    line: HASH,
    strings: &[SHORT, RAW_SINGLE_LINE],
    apostrophe: Apostrophe::NotInWords,
    extra: Extra::Words,
    ..BASE
};
const TOML: Syntax = Syntax { line: HASH, strings: &[TRIPLE, RAW_TRIPLE_SINGLE, SHORT, RAW_SINGLE_LINE], ..BASE };
/// What has comments and nothing that could be taken for one.
const HASH_LINES: Syntax = Syntax { line: HASH, extra: Extra::WholeLines, ..BASE };
const HASH_WORDS: Syntax = Syntax { line: HASH, strings: &[SHORT], extra: Extra::Words, ..BASE };
const R: Syntax = Syntax { line: HASH, strings: &[LONG, LONG_SINGLE, BACKTICKS], ..BASE };
const JULIA: Syntax = Syntax {
    line: HASH,
    block: &[("#=", "=#")],
    nested: true,
    strings: &[TRIPLE, LONG],
    apostrophe: Apostrophe::Character,
    ..BASE
};
const NIX: Syntax = Syntax { line: HASH, block: C_BLOCK, strings: &[TWO_SINGLE, LONG], ..BASE };
const HCL: Syntax = Syntax { line: &["#", "//"], block: C_BLOCK, strings: &[SHORT], extra: Extra::Shell, ..BASE };
const GRAPHQL: Syntax = Syntax { line: HASH, strings: &[TRIPLE, SHORT], ..BASE };

const SQL: Syntax = Syntax { line: DASHES, block: C_BLOCK, strings: &[DOUBLED_SINGLE, DOUBLED], ..BASE };
const LUA: Syntax = Syntax { line: DASHES, strings: &[SHORT, SHORT_SINGLE], extra: Extra::Lua, ..BASE };
const HASKELL: Syntax = Syntax {
    line: DASHES,
    block: &[("{-", "-}")],
    nested: true,
    strings: &[SHORT],
    apostrophe: Apostrophe::Character,
    ..BASE
};
const ADA: Syntax = Syntax { line: DASHES, strings: &[DOUBLED_LINE], apostrophe: Apostrophe::Character, ..BASE };
const OCAML: Syntax =
    Syntax { block: &[("(*", "*)")], nested: true, strings: &[LONG], apostrophe: Apostrophe::Character, ..BASE };
const FSHARP: Syntax = Syntax { line: SLASHES, strings: &[RAW_TRIPLE, VERBATIM, LONG], ..OCAML };
const PASCAL: Syntax = Syntax { line: SLASHES, block: &[("{", "}"), ("(*", "*)")], strings: &[DOUBLED_SINGLE], ..BASE };
const LISP: Syntax = Syntax { line: &[";"], strings: &[LONG], extra: Extra::Tex, ..BASE };
const PERCENT: Syntax = Syntax { line: &["%"], strings: &[SHORT], apostrophe: Apostrophe::Character, ..BASE };
const TEX: Syntax = Syntax { line: &["%"], extra: Extra::Tex, ..BASE };
const BASIC: Syntax = Syntax { line: &["'"], strings: &[DOUBLED_LINE], ..BASE };
const FORTRAN: Syntax = Syntax { line: &["!"], strings: &[DOUBLED_LINE, DOUBLED_SINGLE], ..BASE };
const VIM: Syntax = Syntax { line: &["\""], extra: Extra::WholeLines, ..BASE };
const BATCH: Syntax = Syntax { line: &["::", "REM ", "rem "], extra: Extra::WholeLines, ..BASE };

type Language = (&'static [&'static str], &'static [&'static str], &'static Syntax);

/// Language ids, endings or names of files, and how they are written.
#[rustfmt::skip]
pub(super) static LANGUAGES: &[Language] = &[
    (&["c", "objective-c", "arduino", "glsl", "hlsl", "wgsl", "verilog", "systemverilog", "proto", "protobuf", "thrift", "solidity"], &["c", "h", "m", "glsl", "wgsl", "proto", "sol"], &C),
    (&["cpp", "objective-cpp", "cuda", "cuda-cpp"], &["cc", "cpp", "cxx", "hh", "hpp", "hxx", "cu", "mm"], &CPP),
    (&["java", "kotlin", "groovy", "v"], &["java", "kt", "kts", "groovy", "gradle"], &JAVA),
    (&["swift", "scala"], &["swift", "scala", "sc"], &SWIFT),
    (&["csharp"], &["cs"], &CSHARP),
    (&["go"], &["go"], &GO),
    (&["rust"], &["rs"], &RUST),
    (&["zig"], &["zig"], &ZIG),
    (&["javascript", "javascriptreact", "typescript", "typescriptreact", "jsx", "tsx", "jsonc", "json5"], &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "jsonc", "json5"], &SCRIPT),
    (&["dart"], &["dart"], &DART),
    (&["php"], &["php"], &PHP),
    (&["scss", "less", "sass", "stylus"], &["scss", "less", "sass", "styl"], &STYLES),
    (&["css"], &["css"], &CSS),
    (&["html", "xml", "xsl", "svg", "vue", "svelte", "astro", "markdown"], &["html", "htm", "xml", "svg", "vue", "svelte", "astro", "md"], &MARKUP),
    (&["python", "starlark", "gdscript"], &["py", "pyi", "pyw", "bzl", "gd"], &PYTHON),
    (&["elixir"], &["ex", "exs"], &ELIXIR),
    (&["ruby", "crystal"], &["rb", "rake", "gemspec", "cr", "Rakefile", "Gemfile"], &RUBY),
    (&["perl"], &["pl", "pm"], &PERL),
    (&["shellscript", "sh", "bash", "zsh", "shell"], &["sh", "bash", "zsh", "bashrc", "zshrc"], &SHELL),
    (&["powershell"], &["ps1", "psm1"], &POWERSHELL),
    (&["yaml", "dockercompose"], &["yaml", "yml"], &YAML),
    (&["toml"], &["toml"], &TOML),
    (&["dockerfile", "ini", "properties", "ignore", "dotenv", "ssh_config", "gitconfig"], &["Dockerfile", "ini", "cfg", "conf", "properties", "gitignore", "env"], &HASH_LINES),
    (&["makefile", "make", "cmake", "nginx", "fish", "nim", "tcl", "just"], &["mk", "Makefile", "cmake", "CMakeLists.txt", "fish", "nim", "tcl", "justfile"], &HASH_WORDS),
    (&["r", "coffeescript", "awk"], &["r", "R", "coffee", "awk"], &R),
    (&["julia"], &["jl"], &JULIA),
    (&["nix"], &["nix"], &NIX),
    (&["terraform", "hcl"], &["tf", "hcl"], &HCL),
    (&["graphql"], &["graphql", "gql"], &GRAPHQL),
    (&["sql", "plsql", "mysql"], &["sql"], &SQL),
    (&["lua"], &["lua"], &LUA),
    (&["haskell", "elm", "purescript", "idris"], &["hs", "elm", "purs", "idr"], &HASKELL),
    (&["ada", "vhdl"], &["adb", "ads", "vhd", "vhdl"], &ADA),
    (&["ocaml"], &["ml", "mli"], &OCAML),
    (&["fsharp"], &["fs", "fsx", "fsi"], &FSHARP),
    (&["pascal"], &["pas", "pp"], &PASCAL),
    (&["clojure", "lisp", "commonlisp", "scheme", "racket", "elisp", "emacs-lisp"], &["clj", "cljs", "cljc", "edn", "lisp", "scm", "rkt", "el"], &LISP),
    (&["erlang", "prolog"], &["erl", "hrl"], &PERCENT),
    (&["latex", "tex", "bibtex"], &["tex", "sty", "cls"], &TEX),
    (&["vb"], &["vb", "bas"], &BASIC),
    (&["fortran", "fortran-modern", "FortranFreeForm"], &["f90", "f95", "f03", "f08"], &FORTRAN),
    (&["vim", "viml"], &["vim", "vimrc"], &VIM),
    (&["bat"], &["bat", "cmd"], &BATCH),
];

/// How a document is written: its language id says so, else the name of its file.
pub fn syntax_of(language: &str, path: Option<&Path>) -> Option<&'static Syntax> {
    let by_id = LANGUAGES.iter().find(|(ids, _, _)| ids.contains(&language));
    let by_name = || {
        let path = path?;
        let name = path.file_name()?.to_str()?;
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        LANGUAGES.iter().find(|(_, names, _)| names.iter().any(|known| *known == name || *known == ending))
    };
    by_id.or_else(by_name).map(|(_, _, syntax)| *syntax)
}
