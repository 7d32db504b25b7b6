//! What a terminal shows, as an SVG for the documentation.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Of a cell, in pixels.
const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 18.0;
/// What a terminal has where nothing else is said.
const FOREGROUND: u32 = 0x00d8_dee9;
const BACKGROUND: u32 = 0x001e_2128;
/// The sixteen colours that a terminal is free to choose.
const NAMED: [u32; 16] = [
    0x003b_4252,
    0x00bf_616a,
    0x00a3_be8c,
    0x00eb_cb8b,
    0x0081_a1c1,
    0x00b4_8ead,
    0x0088_c0d0,
    0x00e5_e9f0, //
    0x004c_566a,
    0x00d0_8770,
    0x00b1_d196,
    0x00f0_d399,
    0x008c_afd2,
    0x00c8_95bf,
    0x0093_ccdc,
    0x00ec_eff4,
];

#[derive(Clone, PartialEq)]
struct Style {
    foreground: u32,
    background: u32,
    bold: bool,
    italic: bool,
    underlined: bool,
}

/// The screen, from its first row to the last one that shows something.
pub fn svg(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let is_blank = |row: &u16| (0..columns).all(|column| screen.cell(*row, column).is_none_or(is_empty));
    let shown = (0..rows).rev().find(|row| !is_blank(row)).map_or(1, |last| last + 1);
    let (width, height) = (f32::from(columns) * WIDTH, f32::from(shown) * HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-8 -8 {} {}\" font-family=\"monospace\" font-size=\"14\">\n\
         <rect x=\"-8\" y=\"-8\" width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n",
        width + 16.0,
        height + 16.0,
        hex(BACKGROUND),
    );
    for row in 0..shown {
        for (start, style, text) in runs(screen, row, columns) {
            draw(&mut svg, row, start, &style, &text);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn is_empty(cell: &Cell) -> bool {
    cell.contents().trim().is_empty() && cell.bgcolor() == Color::Default && !cell.inverse()
}

/// Neighbours that look alike: the first column, the looks, the text.
fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<(u16, Style, String)> {
    let mut runs: Vec<(u16, Style, String)> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
            continue;
        };
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let style = style(cell);
        match runs.last_mut() {
            Some((_, last, run)) if *last == style && text.is_ascii() && run.is_ascii() => run.push_str(text),
            _ => runs.push((column, style, text.to_owned())),
        }
    }
    runs
}

fn style(cell: &Cell) -> Style {
    let (mut foreground, mut background) = (colour(cell.fgcolor(), FOREGROUND), colour(cell.bgcolor(), BACKGROUND));
    if cell.inverse() {
        std::mem::swap(&mut foreground, &mut background);
    }
    Style { foreground, background, bold: cell.bold(), italic: cell.italic(), underlined: cell.underline() }
}

fn draw(svg: &mut String, row: u16, start: u16, style: &Style, text: &str) {
    let (x, y) = (f32::from(start) * WIDTH, f32::from(row) * HEIGHT);
    #[allow(clippy::cast_precision_loss, reason = "as long as a row")]
    let width = text.chars().count() as f32 * WIDTH;
    if style.background != BACKGROUND {
        let fill = hex(style.background);
        let _ =
            writeln!(svg, "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{fill}\"/>");
    }
    if text.trim().is_empty() {
        return;
    }
    let mut looks = String::new();
    for (is, attribute) in [
        (style.bold, " font-weight=\"bold\""),
        (style.italic, " font-style=\"italic\""),
        (style.underlined, " text-decoration=\"underline\""),
    ] {
        if is {
            looks.push_str(attribute);
        }
    }
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" xml:space=\"preserve\" fill=\"{}\"{looks}>{}</text>",
        y + 13.5,
        hex(style.foreground),
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
    );
}

fn hex(colour: u32) -> String {
    format!("#{colour:06x}")
}

/// The colour that xterm has for a number.
fn colour(colour: Color, default: u32) -> u32 {
    match colour {
        Color::Default => default,
        Color::Rgb(red, green, blue) => u32::from_be_bytes([0, red, green, blue]),
        Color::Idx(index @ 0..16) => NAMED[usize::from(index)],
        Color::Idx(index @ 16..232) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = index - 16;
            u32::from_be_bytes([0, level(cube / 36), level(cube / 6 % 6), level(cube % 6)])
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            u32::from_be_bytes([0, grey, grey, grey])
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    #[test]
    fn text_is_drawn_as_it_looks() {
        let (rows, columns) = (NonZeroU16::new(3), NonZeroU16::new(20));
        let mut parser = vt100::Parser::new(rows.expect("rows"), columns.expect("columns"), 0);
        parser.process(b"a <b> \x1b[1;31mred\x1b[0m\r\n\x1b[7minverse\x1b[0m");
        let svg = svg(parser.screen());
        assert!(svg.contains(">a &lt;b&gt; </text>"), "{svg}");
        assert!(svg.contains("fill=\"#bf616a\" font-weight=\"bold\">red</text>"), "{svg}");
        assert!(svg.contains("fill=\"#d8dee9\"/>") && svg.contains("fill=\"#1e2128\">inverse</text>"), "{svg}");
        assert!(svg.contains("viewBox=\"-8 -8 184 52\""), "{svg}");
    }

    #[test]
    fn numbers_are_colours() {
        assert_eq!(colour(Color::Idx(16), 1), 0x0000_0000);
        assert_eq!(colour(Color::Idx(231), 1), 0x00ff_ffff);
        assert_eq!(colour(Color::Idx(244), 1), 0x0080_8080);
        assert_eq!(colour(Color::Default, 1), 1);
    }
}
