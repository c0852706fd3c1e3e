use std::fmt;
use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Map, Value, json};

/// Upper bound on a time, as a multiple of the recorded time.
const SLOWER: f64 = 1.5;
/// Upper bound on a size, as a multiple of the recorded size. Sizes don't depend on the machine.
const LARGER: f64 = 1.05;

/// How goals are judged and printed.
#[derive(clap::Args)]
pub struct Reporting {
    /// Factor for all bounds except those on sizes
    #[arg(long, default_value_t = 1.0)]
    pub slack: f64,
    /// File with an earlier output of `--json`. Times above 1.5 times the recorded ones, and sizes above 1.05 times,
    /// are misses, too
    #[arg(long)]
    pub recorded: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Measurements, and the goals that they should meet.
#[derive(Default)]
pub struct Report {
    runs: Option<usize>,
    /// At least one.
    tables: Vec<Measurements>,
    notes: Vec<String>,
    goals: Vec<Goal>,
}

/// A table of measurements.
#[derive(Default)]
struct Measurements {
    /// Empty for the only table of a report.
    title: String,
    columns: Vec<String>,
    rows: Vec<(String, Vec<f64>)>,
}

struct Goal {
    what: &'static str,
    of: String,
    measured: f64,
    most: f64,
    /// Upper bound, as a multiple of the recorded value.
    growth: f64,
}

impl Goal {
    /// Whether the goal is met. A goal without a measurement is not met.
    fn met(&self) -> bool {
        self.measured <= self.most
    }

    /// The measured value as a share of the bound: above 1 if the goal is missed.
    fn share(&self) -> f64 {
        if self.met() && self.most == 0.0 { 0.0 } else { self.measured / self.most }
    }

    fn line(&self) -> String {
        format!("       {}: {}, at most {}", self.of, short(self.measured), short(self.most))
    }
}

impl Report {
    pub fn new(columns: &[&'static str]) -> Self {
        let mut report = Self::default();
        report.begin("", columns);
        report
    }

    /// A report on medians of this many runs.
    pub fn sampled(columns: &[&'static str], runs: usize) -> Self {
        Self { runs: Some(runs), ..Self::new(columns) }
    }

    /// Begins another table. In `--json`, its title precedes the names of its rows.
    pub fn begin(&mut self, title: impl Into<String>, columns: &[impl ToString]) {
        let columns = columns.iter().map(ToString::to_string).collect();
        self.tables.push(Measurements { title: title.into(), columns, rows: Vec::new() });
    }

    /// Adds a row to the last table: a name, and a number for each column. `NAN` leaves a cell empty.
    pub fn row(&mut self, what: impl Into<String>, numbers: &[f64]) {
        if let Some(table) = self.tables.last_mut() {
            table.rows.push((what.into(), numbers.to_vec()));
        }
    }

    /// Adds a sentence below the tables.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub fn goal(&mut self, what: &'static str, of: impl Into<String>, measured: f64, most: f64) {
        self.goals.push(Goal { what, of: of.into(), measured, most, growth: SLOWER });
    }

    /// Adds a goal for a value that is the same in every run.
    pub fn exact(&mut self, what: &'static str, of: impl Into<String>, measured: f64, most: f64) {
        self.goals.push(Goal { what, of: of.into(), measured, most, growth: LARGER });
    }

    /// Prints the report. Returns whether every goal is met. A report without goals fails, because nothing was
    /// measured.
    ///
    /// # Errors
    /// When the recorded report can't be read.
    pub fn print(mut self, reporting: &Reporting) -> Result<bool, String> {
        self.judge(reporting)?;
        if reporting.json {
            println!("{:#}", self.json())
        } else {
            let filled = self.tables.iter().filter(|table| !table.rows.is_empty());
            filled.for_each(|table| println!("{table}\n"));
            self.notes.iter().for_each(|note| println!("- {note}"));
            let runs = self.runs.map(|runs| format!("medians of {runs} runs; ")).unwrap_or_default();
            println!("{runs}bounds times {}\n{}", short(reporting.slack), self.verdict())
        }
        Ok(!self.goals.is_empty() && self.goals.iter().all(Goal::met))
    }

    fn judge(&mut self, reporting: &Reporting) -> Result<(), String> {
        // Other load on the machine does not change sizes.
        for goal in self.goals.iter_mut().filter(|goal| goal.growth != LARGER) {
            goal.most *= reporting.slack;
        }
        let Some(file) = &reporting.recorded else { return Ok(()) };
        let failed = |cause| format!("{}: {cause}", file.display());
        for (what, of, before) in recorded(file).map_err(failed)? {
            if !self.tables.iter().flat_map(|table| &table.rows).any(|(row, _)| *row == of) {
                continue;
            }
            let goal = self.goals.iter_mut().find(|goal| goal.what == what && goal.of == of);
            // Without this error, a renamed goal would drop out of the check unnoticed.
            let goal = goal.ok_or_else(|| failed(format!("{of} has no goal: {what}")))?;
            goal.most = goal.most.min(before * goal.growth);
        }
        Ok(())
    }

    /// One line for each kind of goal, with its worst value, and one for each missed goal.
    fn verdict(&self) -> String {
        let mut lines = Vec::new();
        let mut kinds: Vec<&str> = Vec::new();
        for goal in &self.goals {
            if !kinds.contains(&goal.what) {
                kinds.push(goal.what);
            }
        }
        for kind in kinds {
            let all: Vec<&Goal> = self.goals.iter().filter(|goal| goal.what == kind).collect();
            let met = all.iter().filter(|goal| goal.met()).count();
            lines.push(format!("{} {kind}: {met} of {}", if met == all.len() { "pass" } else { "MISS" }, all.len()));
            lines.extend(all.iter().filter(|goal| !goal.met()).map(|goal| goal.line()));
            let worst = all.iter().max_by(|one, other| one.share().total_cmp(&other.share()));
            lines.extend(worst.filter(|goal| goal.met()).map(|goal| goal.line()));
        }
        let met = self.goals.iter().filter(|goal| goal.met()).count();
        lines.push(format!("{met} of {} goals met", self.goals.len()));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let goal = |goal: &Goal| json!({ "goal": goal.what, "of": goal.of, "measured": goal.measured, "most": goal.most, "met": goal.met() });
        json!({
            "runs": self.runs,
            "rows": Value::Object(self.tables.iter().flat_map(Measurements::json).collect()),
            "goals": self.goals.iter().map(goal).collect::<Vec<_>>(),
        })
    }
}

impl Measurements {
    fn json(&self) -> Map<String, Value> {
        let row = |(what, numbers): &(String, Vec<f64>)| {
            let numbers = self.columns.iter().zip(numbers).map(|(name, number)| (name.clone(), json!(number)));
            let what = if self.title.is_empty() { what.clone() } else { format!("{}: {what}", self.title) };
            (what, Value::Object(numbers.collect::<Map<_, _>>()))
        };
        self.rows.iter().map(row).collect()
    }
}

impl fmt::Display for Measurements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        let columns = self.columns.iter().map(String::as_str);
        table.load_style(presets::ASCII_MARKDOWN).set_header(std::iter::once(self.title.as_str()).chain(columns));
        for (what, numbers) in &self.rows {
            table.add_row(std::iter::once(what.clone()).chain(numbers.iter().map(|number| short(*number))));
        }
        table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        table.fmt(f)
    }
}

/// The recorded goals: kind, subject and measured value.
fn recorded(file: &std::path::Path) -> Result<Vec<(String, String, f64)>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let goals = report.get("goals").and_then(Value::as_array).ok_or("has no goals")?;
    let text = |goal: &Value, name: &str| goal.get(name).and_then(Value::as_str).map(str::to_owned);
    let read = |goal: &Value| Some((text(goal, "goal")?, text(goal, "of")?, goal.get("measured")?.as_f64()?));
    goals.iter().map(|goal| read(goal).ok_or_else(|| format!("is no goal: {goal}"))).collect()
}

fn short(number: f64) -> String {
    match number {
        _ if number.is_nan() => String::new(),
        _ if number.fract() == 0.0 => format!("{number}"),
        _ if number >= 100.0 => format!("{number:.0}"),
        _ => format!("{number:.2}"),
    }
}
