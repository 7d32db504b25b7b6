//! Percentiles, and the table.

use std::time::Duration;

/// One figure: what was measured, and its target.
pub struct Row {
    what: &'static str,
    unit: &'static str,
    /// Sorted.
    values: Vec<f64>,
    /// Which percentile must be below the target.
    judged: f64,
    target: f64,
}

impl Row {
    /// Times, in milliseconds; the percentile `judged` is to stay below the target.
    pub fn of_times(what: &'static str, times: &[Duration], judged: f64, target: f64) -> Self {
        let values = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
        Self { what, unit: "ms", values: sorted(values), judged, target }
    }

    /// Several readings of which the largest is to stay below the target.
    pub fn of_readings(what: &'static str, values: Vec<f64>, unit: &'static str, target: f64) -> Self {
        Self { what, unit, values: sorted(values), judged: 100.0, target }
    }

    /// One reading.
    pub fn of_one(what: &'static str, value: f64, unit: &'static str, target: f64) -> Self {
        Self::of_readings(what, vec![value], unit, target)
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The smallest value that at least so many percent of the sorted values do not exceed.
fn percentile(values: &[f64], percent: f64) -> f64 {
    let rank = (percent / 100.0 * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).or(values.last()).copied().unwrap_or(f64::NAN)
}

/// The table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from("| figure | p50 | p99 | largest | n | target | met |\n|---|--:|--:|--:|--:|---|---|\n");
    for row in rows {
        let cell = |percent| format!("{:.2} {}", percentile(&row.values, percent), row.unit);
        let met = if percentile(&row.values, row.judged) < row.target { "yes" } else { "**no**" };
        let judged = if row.judged < 100.0 { format!("p{} ", row.judged) } else { String::new() };
        text += &format!(
            "| {} | {} | {} | {} | {} | {judged}< {} {} | {met} |\n",
            row.what,
            cell(50.0),
            cell(99.0),
            cell(100.0),
            row.values.len(),
            row.target,
            row.unit,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!([50.0, 99.0, 100.0].map(|percent| percentile(&values, percent)), [100.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 50.0), 7.0);
    }
}
