//! The tree of a script, walked once for every way it may go.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{EffectKind, HazardKind};
use rable::{ListOperator, Node, NodeKind};

use super::WHAT;
use super::table::Commands;
use super::way::{Stdin, Var, Way, is_region, working};
use super::word::{Hole, Word};
use crate::act::{Act, Hidden};
use crate::table::Table;
use crate::{MAX_ACTS, MAX_ASKED_DEPTH, ReadError};

/// Rounds of a loop over words that are all known.
const MOST_ROUNDS: usize = 64;

/// What is known so far.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) commands: &'static Commands,
    pub(super) resources: &'static Table,
    pub(super) acts: Vec<Act>,
    pub(super) hidden: Hidden,
    pub(super) vars: BTreeMap<String, Var>,
    pub(super) functions: BTreeMap<String, Node>,
    pub(super) aliases: BTreeMap<String, String>,
    /// Functions that were called.
    pub(super) called: BTreeSet<String>,
    /// Where relative paths lead; `None` when that is not known.
    pub(super) here: Option<String>,
    /// A credential that was exported.
    pub(super) credential: Option<String>,
    /// What the last command prints, if it is plain to see, or else how it is called.
    pub(super) printed: Option<Result<String, String>>,
    steps: usize,
}

impl Walk {
    pub(super) fn new() -> Result<Self, ReadError> {
        Ok(Self {
            commands: Commands::get()?,
            resources: Table::get()?,
            acts: Vec::new(),
            hidden: Hidden::default(),
            vars: BTreeMap::new(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            called: BTreeSet::new(),
            here: Some(String::new()),
            credential: None,
            printed: None,
            steps: 0,
        })
    }

    pub(super) fn done(self) -> (Vec<Act>, Hidden) {
        (self.acts, self.hidden)
    }

    pub(super) fn script(&mut self, nodes: &[Node]) -> Result<(), ReadError> {
        let way = Way::default();
        nodes.iter().try_for_each(|node| self.node(node, &way))?;
        // A function that is not called here is there for somebody who reads this script in.
        loop {
            let never = self.functions.iter().find(|(name, _)| !self.called.contains(*name));
            let Some((name, body)) = never.map(|(name, body)| (name.clone(), body.clone())) else { break };
            self.called.insert(name);
            self.node(&body, &way.inner())?;
        }
        if self.acts.is_empty() && !nodes.is_empty() {
            self.read("script")?;
        }
        Ok(())
    }

    /// A piece of a script inside of another, such as behind `bash -c`.
    pub(super) fn text(&mut self, text: &str, way: &Way) -> Result<(), ReadError> {
        let nodes = super::bound::parse(text)?;
        let way = way.inner();
        nodes.iter().try_for_each(|node| self.node(node, &way))
    }

    pub(super) fn unreadable(&mut self) {
        self.acts.push(
            Act::new(EffectKind::Execute, "shell_substitution", "shell substitution")
                .hazard(HazardKind::Unknown, "a command inside of a word cannot be read"),
        );
    }

    pub(super) fn step(&mut self, way: &Way) -> Result<(), ReadError> {
        self.steps += 1;
        if self.steps > MAX_ACTS || self.acts.len() > MAX_ACTS {
            return Err(ReadError::TooMany { limit: MAX_ACTS });
        }
        if way.depth > MAX_ASKED_DEPTH {
            return Err(ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH });
        }
        Ok(())
    }

    pub(super) fn node(&mut self, node: &Node, way: &Way) -> Result<(), ReadError> {
        self.step(way)?;
        match &node.kind {
            NodeKind::Command { assignments, words, redirects } => {
                self.simple(assignments, words, redirects, way)
            }
            NodeKind::Pipeline { commands, .. } => self.pipeline(commands, way),
            NodeKind::List { .. } => self.list(node, way),
            NodeKind::If { condition, then_body, else_body, redirects } => {
                self.redirected(redirects, way)?;
                self.node(condition, &way.inner())?;
                self.node(then_body, &way.perhaps())?;
                else_body.iter().try_for_each(|body| self.node(body, &way.perhaps()))
            }
            NodeKind::While { condition, body, redirects }
            | NodeKind::Until { condition, body, redirects } => self.rounds(condition, body, redirects, way),
            NodeKind::For { var, words, body, redirects } => {
                self.redirected(redirects, way)?;
                self.each(var, words.as_deref(), body, way)
            }
            NodeKind::Select { var, body, redirects, .. } => {
                self.redirected(redirects, way)?;
                self.vars.insert(var.clone(), Var::Hidden(Hole::Value(var.clone())));
                self.node(body, &way.perhaps())
            }
            NodeKind::ForArith { body, redirects, .. } => {
                self.redirected(redirects, way)?;
                let each = Some("a loop runs a number of times that is not shown".to_owned());
                self.node(body, &Way { each: way.each.clone().or(each), ..way.perhaps() })
            }
            NodeKind::Case { word, patterns, redirects } => {
                self.redirected(redirects, way)?;
                self.expand(word, way)?;
                let bodies = patterns.iter().filter_map(|pattern| pattern.body.as_ref());
                bodies.into_iter().try_for_each(|body| self.node(body, &way.perhaps()))
            }
            NodeKind::Function { name, body } => {
                self.functions.insert(name.clone(), (**body).clone());
                Ok(())
            }
            NodeKind::Subshell { body, redirects } => {
                self.redirected(redirects, way)?;
                let (vars, here) = (self.vars.clone(), self.here.clone());
                let done = self.node(body, &Way { depth: way.depth + 1, ..way.clone() });
                (self.vars, self.here) = (vars, here);
                done
            }
            NodeKind::BraceGroup { body, redirects } => {
                self.redirected(redirects, way)?;
                self.node(body, &Way { depth: way.depth + 1, ..way.clone() })
            }
            NodeKind::Coproc { command, .. } => self.node(command, &way.inner()),
            NodeKind::Negation { pipeline } | NodeKind::Time { pipeline, .. } => {
                self.node(pipeline, &Way { depth: way.depth + 1, ..way.clone() })
            }
            NodeKind::ConditionalExpr { body, redirects } => {
                self.redirected(redirects, way)?;
                self.condition(body, way)
            }
            NodeKind::ArithmeticCommand { raw_content, redirects, .. } => {
                self.redirected(redirects, way)?;
                self.inside(raw_content, way)
            }
            NodeKind::Empty | NodeKind::Comment { .. } => Ok(()),
            _ => {
                self.unreadable();
                Ok(())
            }
        }
    }

    /// `[[ … ]]`: only what is run inside of its words counts.
    fn condition(&mut self, node: &Node, way: &Way) -> Result<(), ReadError> {
        let way = &Way { depth: way.depth + 1, ..way.clone() };
        self.step(way)?;
        match &node.kind {
            NodeKind::CondTerm { value, .. } => self.inside(value, way),
            NodeKind::UnaryTest { operand, .. } | NodeKind::CondNot { operand } => {
                self.condition(operand, way)
            }
            NodeKind::CondParen { inner } => self.condition(inner, way),
            NodeKind::BinaryTest { left, right, .. }
            | NodeKind::CondAnd { left, right }
            | NodeKind::CondOr { left, right } => {
                self.condition(left, way)?;
                self.condition(right, way)
            }
            _ => Ok(()),
        }
    }

    /// Commands that are run inside of a text.
    pub(super) fn inside(&mut self, text: &str, way: &Way) -> Result<(), ReadError> {
        if !text.contains("$(") && !text.contains('`') {
            return Ok(());
        }
        match super::bound::parse(&format!(": \"{}\"", text.replace('"', ""))) {
            Ok(nodes) => nodes.iter().try_for_each(|node| self.node(node, way)),
            Err(_) => {
                self.unreadable();
                Ok(())
            }
        }
    }

    /// A list leans to the left, as deep as it is long, so its first item is gone down to without recursion.
    fn list(&mut self, node: &Node, way: &Way) -> Result<(), ReadError> {
        let mut stack = vec![(node, false)];
        while let Some((node, maybe)) = stack.pop() {
            match &node.kind {
                NodeKind::List { items } => {
                    let mut follows = maybe;
                    let mut flat = Vec::new();
                    for item in items {
                        flat.push((&item.command, follows));
                        follows = maybe || matches!(item.operator, Some(ListOperator::Or));
                    }
                    stack.extend(flat.into_iter().rev());
                }
                _ => {
                    self.node(node, &Way { perhaps: way.perhaps || maybe, ..way.clone() })?;
                }
            }
        }
        Ok(())
    }

    fn pipeline(&mut self, commands: &[Node], way: &Way) -> Result<(), ReadError> {
        let mut stdin = way.stdin.clone();
        let mut forced = way.forced.clone();
        let (vars, here) = (self.vars.clone(), self.here.clone());
        for command in commands {
            let inner = Way { forced: forced.clone(), ..way.with(stdin.clone()) };
            self.printed = None;
            self.node(command, &inner)?;
            stdin = match &self.printed {
                Some(Ok(text)) => Stdin::Text(text.clone()),
                Some(Err(command)) => Stdin::Output(command.clone(), working(command)),
                None => Stdin::Output("a command".to_owned(), false),
            };
            let answers =
                matches!(&self.printed, Some(Err(command)) if command.split(' ').next() == Some("yes"));
            let typed =
                matches!(&self.printed, Some(Ok(text)) if matches!(text.trim(), "y" | "Y" | "yes" | "YES"));
            if answers || typed {
                forced = Some("the question whether to go on is answered by the pipe".to_owned());
            }
        }
        if commands.len() > 1 {
            (self.vars, self.here) = (vars, here);
        }
        Ok(())
    }

    fn each(&mut self, var: &str, words: Option<&[Node]>, body: &Node, way: &Way) -> Result<(), ReadError> {
        let mut values: Vec<Word> = Vec::new();
        match words {
            Some(words) => {
                for word in words {
                    values.extend(self.expand(word, way)?);
                }
            }
            None => values.push(Word::of(Hole::Unset("@".to_owned()))),
        }
        let known = values.iter().all(|word| word.is_known() && !word.glob) && values.len() <= MOST_ROUNDS;
        if !known {
            let over = values
                .iter()
                .find(|word| !word.is_known() || word.glob)
                .map_or("…", |word| word.text.as_str());
            return self.unbounded(var, over, body, way);
        }
        let places = values.iter().filter(|word| is_region(&word.text)).count();
        let everywhere = (places > 1).then(|| format!("a loop goes through {places} regions"));
        for word in &values {
            self.vars.insert(var.to_owned(), Var::Text(word.text.clone()));
            let inner =
                Way { everywhere: way.everywhere.clone().or_else(|| everywhere.clone()), ..way.perhaps() };
            self.node(body, &inner)?;
        }
        Ok(())
    }

    fn unbounded(&mut self, var: &str, over: &str, body: &Node, way: &Way) -> Result<(), ReadError> {
        let over: String = over.chars().take(120).collect();
        self.vars.insert(var.to_owned(), Var::Hidden(Hole::Value(var.to_owned())));
        let all = [
            "describe-regions",
            "list-profiles",
            "list-accounts",
            "projects list",
            "get-contexts",
            "account list",
        ];
        let everywhere =
            all.iter().any(|what| over.contains(what)).then(|| format!("a loop goes through `{over}`"));
        let each = way.each.clone().or_else(|| Some(format!("a loop goes through whatever `{over}` is")));
        self.node(body, &Way { each, everywhere: way.everywhere.clone().or(everywhere), ..way.perhaps() })
    }

    fn rounds(
        &mut self,
        condition: &Node,
        body: &Node,
        redirects: &[Node],
        way: &Way,
    ) -> Result<(), ReadError> {
        self.redirected(redirects, way)?;
        self.node(condition, &way.inner())?;
        let reads = matches!(&condition.kind, NodeKind::Command { words, .. }
            if words.iter().any(|word| matches!(&word.kind, NodeKind::Word { value, .. } if value == "read")));
        let over = match &way.stdin {
            Stdin::Output(command, _) => format!("`{command}` prints"),
            _ => "is read".to_owned(),
        };
        let each = reads.then(|| format!("a loop goes through whatever {over}"));
        self.node(body, &Way { each: way.each.clone().or(each), ..way.perhaps() })
    }
}
