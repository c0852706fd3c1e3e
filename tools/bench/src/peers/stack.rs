use std::collections::BTreeMap;
use std::path::PathBuf;

use super::node::Node;
use super::python::Python;
use crate::build;
use crate::fixture::Fixture;
use crate::process::Process;

/// An implementation of the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    Ours,
    Python,
    Node,
}

impl Stack {
    pub const ALL: [Self; 3] = [Self::Ours, Self::Python, Self::Node];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Python => "Python",
            Self::Node => "Node",
        }
    }

    /// All stacks. Each round begins with another one.
    pub fn in_turns(round: usize) -> [Self; 3] {
        let mut all = Self::ALL;
        all.rotate_left(round % Self::ALL.len());
        all
    }
}

/// One value for each stack.
#[derive(Default)]
pub struct Each<T> {
    pub ours: T,
    pub python: T,
    pub node: T,
}

impl<T> Each<T> {
    pub fn of(&self, stack: Stack) -> &T {
        match stack {
            Stack::Ours => &self.ours,
            Stack::Python => &self.python,
            Stack::Node => &self.node,
        }
    }

    pub fn of_mut(&mut self, stack: Stack) -> &mut T {
        match stack {
            Stack::Ours => &mut self.ours,
            Stack::Python => &mut self.python,
            Stack::Node => &mut self.node,
        }
    }

    pub fn map<U>(&self, of: impl Fn(&T) -> U) -> Each<U> {
        Each { ours: of(&self.ours), python: of(&self.python), node: of(&self.node) }
    }
}

/// The function that times a bare hash.
pub const BARE_HASH: &str = "bare_hash";
/// The function whose package it uses.
pub const HASHES: &str = "tokens_issue";

/// The sources of the peers, and the folder of their builds.
const SOURCES: &str = "tools/bench/peers";
const TARGET: &str = "target/peers";

/// Builds of all stacks.
pub struct Builds {
    ours: PathBuf,
    python: Python,
    node: Node,
}

impl Builds {
    pub fn new(functions: &[&'static str]) -> Result<Self, String> {
        let root = ::tests::repository::root();
        let (sources, target) = (root.join(SOURCES), root.join(TARGET));
        let python = Python::set_up(&sources.join("python"), target.join("python"), functions)?;
        let node = Node::set_up(&sources.join("node"), target.join("node"))?;
        eprintln!("building our functions as they are shipped: some minutes for the first");
        Ok(Self { ours: build::functions(functions.iter().copied())?, python, node })
    }

    /// As in `Python 3.11.7, Node v20.20.2`.
    pub fn versions(&self) -> String {
        format!("{}, Node {}", self.python.version, self.node.version)
    }

    /// The file or folder that is deployed.
    pub fn package(&self, stack: Stack, function: &str) -> PathBuf {
        match stack {
            Stack::Ours => build::executable(&self.ours, function),
            Stack::Python => self.python.folder.join(function),
            Stack::Node => self.node.deployed(function),
        }
    }

    /// Starts a function, and waits for its first poll.
    pub async fn start(&self, stack: Stack, function: &str, fixture: &Fixture) -> Result<Process, String> {
        let mut environment = fixture.environment(true);
        // As deployed: each endpoint has its own default.
        environment.remove("PREWARM");
        let own = own(stack, &environment);
        environment.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
        match stack {
            Stack::Ours => Process::start(&self.package(stack, function), &environment).await,
            Stack::Python => {
                let deployed = self.package(stack, if function == BARE_HASH { HASHES } else { function });
                environment.insert("PYTHONPATH".to_owned(), deployed.to_string_lossy().into_owned());
                let arguments = [self.python.folder.join("runtime.py").into(), function.into()];
                Process::start_with(&self.python.program(), &arguments, &environment).await
            }
            Stack::Node => {
                let bundle = self.package(stack, function).join("index.cjs");
                let arguments = [self.node.folder.join("runtime.mjs").into(), bundle.into()];
                Process::start_with(&self.node.program, &arguments, &environment).await
            }
        }
    }
}

/// Variables of a stack in addition to those of all functions.
fn own(stack: Stack, environment: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
    let same = |name: &str| environment.get(name).cloned().unwrap_or_default();
    match stack {
        Stack::Ours => Vec::new(),
        // Lambda sets the region under both names.
        Stack::Python => vec![("AWS_DEFAULT_REGION", same("AWS_REGION"))],
        Stack::Node => vec![
            ("NODE_EXTRA_CA_CERTS", same("AWS_CA_BUNDLE")),
            // A warning that this version of Node is old would take time.
            ("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true".to_owned()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stack_is_first_in_a_third_of_the_rounds() {
        let first = |round| Stack::in_turns(round).first().copied().unwrap();
        assert_eq!([0, 1, 2, 3].map(first), [Stack::Ours, Stack::Python, Stack::Node, Stack::Ours]);
        for round in 0..3 {
            let all = Stack::in_turns(round);
            assert!(Stack::ALL.iter().all(|stack| all.contains(stack)), "{all:?}");
        }
    }
}
