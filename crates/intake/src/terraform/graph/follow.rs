//! Following references from a resource to other resources: through variables up to the caller, through outputs down
//! into a module, through data sources to what they look for.

use std::collections::{HashMap, HashSet};

use holdpoint_core::Link;

use super::address::Reference;
use super::configuration::{Block, Configuration, Term, What};

/// What following may cost, over the whole plan: in proportion to what there is, ten times what real plans use.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Budget {
    pub(super) fn of(things: usize) -> Self {
        Self((things as u64).saturating_mul(200).saturating_add(500_000))
    }

    /// Takes one step, if there is one left.
    pub(super) fn step(&mut self) -> bool {
        self.take(1)
    }

    pub(super) fn take(&mut self, steps: u64) -> bool {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// A key that an instance should have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Want {
    Literal(String),
    /// The key that the referring instance has at this place.
    Same(usize),
}

/// The place of a resource's own key among its keys, whatever its module.
pub(super) const OWN: usize = usize::MAX;

/// On which instances of what was found a reference lands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Landing {
    /// So many of the outermost modules are the very same ones as the referring resource's.
    pub(super) same: usize,
    /// What `each.key` and `count.index` mean where the reference is now.
    each: Option<Want>,
    /// Places of keys, and what should stand there.
    pub(super) wants: Vec<(usize, Want)>,
}

/// More than these say nothing more in practice, and each makes a path different from another.
const MAX_WANTS: usize = 4;

impl Landing {
    /// On any instance within the same outermost modules.
    pub(super) fn within(same: usize) -> Self {
        Self { same, ..Self::default() }
    }

    fn want(&mut self, place: usize, key: &str, term: &Term<'_>) -> Option<Want> {
        let want = match key {
            "" if term.each => self.each.clone(),
            "" => None,
            key => Some(Want::Literal(key.to_owned())),
        };
        if let (Some(want), true) = (&want, self.wants.len() < MAX_WANTS) {
            self.wants.push((place, want.clone()));
        }
        want
    }

    /// Goes up to the caller of a module of this depth.
    fn leave(&mut self, depth: usize) {
        let place = depth.saturating_sub(1);
        self.wants.retain(|(at, _)| *at < place);
        self.each = (depth <= self.same).then_some(Want::Same(place));
        self.same = self.same.min(place);
    }
}

/// A resource or data source that was reached.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) block: usize,
    pub(super) landing: usize,
    pub(super) how: Link,
}

/// What the references of one block lead to.
#[derive(Debug, Default)]
pub(super) struct Followed {
    pub(super) references: u64,
    pub(super) targets: Vec<Target>,
    /// What could not be followed, as phrases.
    pub(super) gaps: Vec<String>,
    /// As `gaps`, for values that are only missing where the state does not say what they lead to.
    pub(super) locals: Vec<String>,
}

/// What is said when the budget is spent.
pub(super) const TOO_MUCH: &str = "it refers to more than is followed";

/// Phrases a block may have; what is behind them is the same gap again.
const MAX_GAPS: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stop {
    Block(usize),
    /// Every resource in a module.
    Whole(usize),
    /// A resource that was noted as found.
    Found(usize),
}

/// Follows the references of one block after the other.
#[derive(Debug)]
pub(super) struct Follower<'c, 'a> {
    configuration: &'c Configuration<'a>,
    landings: Vec<Landing>,
    numbers: HashMap<Landing, usize>,
    /// The landing asked for last: mostly it is the same again.
    last: usize,
    seen: HashSet<(Stop, usize)>,
    queue: Vec<(Stop, usize, Option<Link>)>,
    found: Followed,
}

impl<'c, 'a> Follower<'c, 'a> {
    pub(super) fn new(configuration: &'c Configuration<'a>) -> Self {
        let (landings, numbers) = (Vec::new(), HashMap::new());
        let (seen, queue) = (HashSet::new(), Vec::new());
        Self { configuration, landings, numbers, last: 0, seen, queue, found: Followed::default() }
    }

    pub(super) fn landing(&self, number: usize) -> Option<&Landing> {
        self.landings.get(number)
    }

    /// What this resource refers to, and what the calls of its modules do.
    pub(super) fn follow(&mut self, block: usize, budget: &mut Budget) -> Followed {
        // Clearing takes as long as it was ever large.
        if self.seen.capacity() > 4096 {
            self.seen = HashSet::new();
        }
        self.seen.clear();
        self.queue.clear();
        let Some(root) = self.configuration.blocks.get(block) else { return Followed::default() };
        let mut module = self.configuration.modules.get(root.module);
        let same = module.map_or(0, |module| module.depth);
        let start = Landing { same, each: Some(Want::Same(OWN)), wants: Vec::new() };
        let number = self.number(&start);
        self.push(Stop::Block(block), number, None);
        while let Some(around) = module {
            if let Some(call) = around.call {
                self.push(Stop::Block(call), number, None);
            }
            module = around.parent.and_then(|parent| self.configuration.modules.get(parent));
        }
        let own = |block: usize| self.configuration.blocks.get(block).map_or(0, |b| b.terms.len() as u64);
        let references = own(block);
        while let Some((stop, landing, how)) = self.queue.pop() {
            if !budget.step() {
                self.gap(TOO_MUCH.to_owned());
                break;
            }
            match stop {
                Stop::Block(block) => self.block(block, landing, how, budget),
                Stop::Whole(module) => self.whole(module, landing, how),
                Stop::Found(_) => {}
            }
        }
        let mut found = std::mem::take(&mut self.found);
        found.references = references;
        found
    }

    fn number(&mut self, landing: &Landing) -> usize {
        if self.landings.get(self.last) == Some(landing) {
            return self.last;
        }
        self.last = self.numbered(landing);
        self.last
    }

    fn numbered(&mut self, landing: &Landing) -> usize {
        if let Some(number) = self.numbers.get(landing) {
            return *number;
        }
        let number = self.landings.len();
        self.landings.push(landing.clone());
        self.numbers.insert(landing.clone(), number);
        number
    }

    fn push(&mut self, stop: Stop, landing: usize, how: Option<Link>) {
        if self.seen.insert((stop, landing)) {
            self.queue.push((stop, landing, how));
        }
    }

    fn gap(&mut self, says: String) {
        if self.found.gaps.len() < MAX_GAPS && !self.found.gaps.contains(&says) {
            self.found.gaps.push(says);
        }
    }

    fn block(&mut self, number: usize, landing: usize, how: Option<Link>, budget: &mut Budget) {
        let Some(block) = self.configuration.blocks.get(number) else { return };
        let Some(module) = self.configuration.modules.get(block.module) else { return };
        let Some(mut landing) = self.landings.get(landing).cloned() else { return };
        let scope = if matches!(block.what, What::Variable | What::Call) {
            landing.leave(module.depth);
            module.parent.unwrap_or_default()
        } else {
            block.module
        };
        for term in &block.terms {
            if !budget.step() {
                return self.gap(TOO_MUCH.to_owned());
            }
            self.term(term, scope, landing.clone(), how.unwrap_or(term.how));
        }
    }

    fn term(&mut self, term: &Term<'_>, scope: usize, landing: Landing, how: Link) {
        let of = |path: &str| {
            if path.is_empty() { String::new() } else { format!(" of `{}`", path.trim_end_matches('.')) }
        };
        let Some(module) = self.configuration.modules.get(scope) else { return };
        match Reference::parse(&term.text) {
            Reference::Instance | Reference::Nothing => {}
            // A variable that nobody passes has its default, and those of the root come from outside: constants both.
            Reference::Variable(name) => {
                if let Some(block) = module.variables.get(name) {
                    let number = self.number(&landing);
                    self.push(Stop::Block(*block), number, Some(how));
                }
            }
            Reference::Local(name) => {
                let says = format!(
                    "`local.{}`{} is not in the plan, so what it leads to is not known",
                    cut(name),
                    of(&module.path)
                );
                if self.found.locals.len() < MAX_GAPS && !self.found.locals.contains(&says) {
                    self.found.locals.push(says);
                }
            }
            Reference::Module { name, key, output } => {
                self.module(scope, name, key, output, term, landing, how)
            }
            Reference::Resource { address, key } => {
                let Some(block) = module.resources.get(address) else {
                    // The iterator of a dynamic block looks like a resource.
                    if !address.ends_with(".value") && !address.ends_with(".key") {
                        self.gap(format!("`{}`{} is not in the plan", cut(address), of(&module.path)));
                    }
                    return;
                };
                self.resource(*block, key, term, landing, how);
            }
            Reference::Other => self.gap("a reference of a kind that this build does not know".to_owned()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the parts of one reference")]
    fn module(
        &mut self,
        scope: usize,
        name: &str,
        key: &str,
        output: Option<&str>,
        term: &Term<'_>,
        mut landing: Landing,
        how: Link,
    ) {
        let modules = &self.configuration.modules;
        let child = modules.get(scope).and_then(|module| module.children.get(name)).copied();
        let Some((number, child)) = child.and_then(|child| modules.get(child).map(|module| (child, module)))
        else {
            return self.gap(format!("`module.{}` is not in the plan", cut(name)));
        };
        landing.want(child.depth.saturating_sub(1), key, term);
        landing.each = None;
        let at = self.number(&landing);
        match output {
            None if term.how == Link::DependsOn => self.push(Stop::Whole(number), at, Some(how)),
            // The key was worked out, and with it the name of the output is lost: it may be any.
            None => {
                for output in child.outputs.values() {
                    self.push(Stop::Block(*output), at, Some(how));
                }
            }
            Some(output) => match child.outputs.get(output) {
                Some(block) => self.push(Stop::Block(*block), at, Some(how)),
                None => self.gap(format!("`module.{}.{}` is not in the plan", cut(name), cut(output))),
            },
        }
    }

    fn resource(&mut self, number: usize, key: &str, term: &Term<'_>, mut landing: Landing, how: Link) {
        let Some(Block { what, .. }) = self.configuration.blocks.get(number) else { return };
        let want = landing.want(OWN, key, term);
        let at = self.number(&landing);
        if self.seen.insert((Stop::Found(number), at)) {
            self.found.targets.push(Target { block: number, landing: at, how });
        }
        if *what == What::Data {
            landing.wants.retain(|(place, _)| *place != OWN);
            landing.each = want;
            let at = self.number(&landing);
            self.push(Stop::Block(number), at, Some(how));
        }
    }

    /// Everything in a module, and in the modules it calls.
    fn whole(&mut self, module: usize, landing: usize, how: Option<Link>) {
        let Some(module) = self.configuration.modules.get(module) else { return };
        for block in &module.listed {
            let term = Term { text: "".into(), each: false, how: Link::DependsOn };
            let landing = self.landings.get(landing).cloned().unwrap_or_default();
            self.resource(*block, "", &term, landing, how.unwrap_or(Link::DependsOn));
        }
        for child in module.children.values() {
            self.push(Stop::Whole(*child), landing, how);
        }
    }
}

/// A name short enough for a phrase.
fn cut(name: &str) -> String {
    name.chars().take(80).collect()
}
