use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Map, Value, json};

/// A time that is this many times what was recorded is a regression.
const SLOWER: f64 = 1.5;
/// And a size, which no machine changes.
const LARGER: f64 = 1.05;

/// How goals are judged and printed.
#[derive(clap::Args)]
pub struct Reporting {
    /// What bounds are multiplied with
    #[arg(long, default_value_t = 1.0)]
    pub slack: f64,
    /// What `--json` printed before: times beyond 1.5 times that, and sizes beyond 1.05 times, are misses too
    #[arg(long)]
    pub recorded: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What was measured, and which goals it meets.
#[derive(Default)]
pub struct Report {
    columns: Vec<&'static str>,
    runs: Option<usize>,
    rows: Vec<(String, Vec<f64>)>,
    goals: Vec<Goal>,
}

struct Goal {
    what: &'static str,
    of: String,
    measured: f64,
    most: f64,
    /// How many times what was recorded it may be.
    growth: f64,
}

impl Goal {
    /// Whether it is met. What could not be measured is not.
    fn met(&self) -> bool {
        self.measured <= self.most
    }

    /// By how much it is missed; less than 1 if it is met.
    fn share(&self) -> f64 {
        if self.met() && self.most == 0.0 { 0.0 } else { self.measured / self.most }
    }

    fn line(&self) -> String {
        format!("       {}: {}, at most {}", self.of, short(self.measured), short(self.most))
    }
}

impl Report {
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), ..Self::default() }
    }

    /// Of so many runs each.
    pub fn sampled(columns: &[&'static str], runs: usize) -> Self {
        Self { runs: Some(runs), ..Self::new(columns) }
    }

    /// A row of the table: what, and a number for each column; `NAN` for none.
    pub fn row(&mut self, what: impl Into<String>, numbers: &[f64]) {
        self.rows.push((what.into(), numbers.to_vec()));
    }

    pub fn goal(&mut self, what: &'static str, of: impl Into<String>, measured: f64, most: f64) {
        self.goals.push(Goal { what, of: of.into(), measured, most, growth: SLOWER });
    }

    /// A goal for what is the same in every run.
    pub fn exact(&mut self, what: &'static str, of: impl Into<String>, measured: f64, most: f64) {
        self.goals.push(Goal { what, of: of.into(), measured, most, growth: LARGER });
    }

    /// Prints it all; whether every goal is met. One at least, or nothing was measured.
    ///
    /// # Errors
    /// When what was recorded can't be read.
    pub fn print(mut self, reporting: &Reporting) -> Result<bool, String> {
        self.judge(reporting)?;
        if reporting.json {
            println!("{:#}", self.json())
        } else {
            let runs = self.runs.map(|runs| format!("medians of {runs} runs; ")).unwrap_or_default();
            println!("{}\n\n{runs}bounds times {}\n{}", self.table(), short(reporting.slack), self.verdict())
        }
        Ok(!self.goals.is_empty() && self.goals.iter().all(Goal::met))
    }

    fn judge(&mut self, reporting: &Reporting) -> Result<(), String> {
        // A machine that does other things makes nothing larger.
        for goal in self.goals.iter_mut().filter(|goal| goal.growth != LARGER) {
            goal.most *= reporting.slack;
        }
        let Some(file) = &reporting.recorded else { return Ok(()) };
        let failed = |cause| format!("{}: {cause}", file.display());
        for (what, of, before) in recorded(file).map_err(failed)? {
            if !self.rows.iter().any(|(row, _)| *row == of) {
                continue;
            }
            let goal = self.goals.iter_mut().find(|goal| goal.what == what && goal.of == of);
            // One that has another name now would be a check that nobody misses.
            let goal = goal.ok_or_else(|| failed(format!("{of} has no goal: {what}")))?;
            goal.most = goal.most.min(before * goal.growth);
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header(std::iter::once("").chain(self.columns.iter().copied()));
        for (what, numbers) in &self.rows {
            table.add_row(std::iter::once(what.clone()).chain(numbers.iter().map(|number| short(*number))));
        }
        table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        table
    }

    /// A line for each kind of goal with the worst of it, and one for each that is missed.
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
        let row = |(what, numbers): &(String, Vec<f64>)| {
            let numbers = self.columns.iter().zip(numbers).map(|(name, number)| ((*name).to_owned(), json!(number)));
            (what.clone(), Value::Object(numbers.collect::<Map<_, _>>()))
        };
        let goal = |goal: &Goal| json!({ "goal": goal.what, "of": goal.of, "measured": goal.measured, "most": goal.most, "met": goal.met() });
        json!({
            "runs": self.runs,
            "rows": Value::Object(self.rows.iter().map(row).collect()),
            "goals": self.goals.iter().map(goal).collect::<Vec<_>>(),
        })
    }
}

/// What each goal was about, whose it was, and what was measured.
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
