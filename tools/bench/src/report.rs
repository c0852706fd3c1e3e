use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Map, Value, json};

/// How goals are judged and printed.
#[derive(clap::Args)]
pub struct Reporting {
    /// What bounds are multiplied with
    #[arg(long, default_value_t = 1.0)]
    pub slack: f64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What was measured, and which goals it meets.
#[derive(Default)]
pub struct Report {
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<f64>)>,
    goals: Vec<Goal>,
}

struct Goal {
    what: &'static str,
    of: String,
    measured: f64,
    most: f64,
}

impl Goal {
    /// Whether it is met. What could not be measured is not.
    fn met(&self) -> bool {
        self.measured <= self.most
    }
}

impl Report {
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), ..Self::default() }
    }

    /// A row of the table: what, and a number for each column; `NAN` for none.
    pub fn row(&mut self, what: impl Into<String>, numbers: &[f64]) {
        self.rows.push((what.into(), numbers.to_vec()));
    }

    pub fn goal(&mut self, what: &'static str, of: impl Into<String>, measured: f64, most: f64) {
        self.goals.push(Goal { what, of: of.into(), measured, most });
    }

    /// Prints it all; whether every goal is met.
    pub fn print(&self, as_json: bool) -> bool {
        if as_json {
            println!("{}", self.json())
        } else {
            println!("{}\n\n{}", self.table(), self.verdict())
        }
        self.goals.iter().all(Goal::met)
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
            let shown = all.iter().filter(|goal| !goal.met() || all.len() == 1);
            lines.extend(
                shown.map(|goal| format!("       {}: {}, at most {}", goal.of, short(goal.measured), short(goal.most))),
            );
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
            "rows": Value::Object(self.rows.iter().map(row).collect()),
            "goals": self.goals.iter().map(goal).collect::<Vec<_>>(),
        })
    }
}

fn short(number: f64) -> String {
    match number {
        _ if number.is_nan() => String::new(),
        _ if number.fract() == 0.0 => format!("{number}"),
        _ if number >= 100.0 => format!("{number:.0}"),
        _ => format!("{number:.2}"),
    }
}
