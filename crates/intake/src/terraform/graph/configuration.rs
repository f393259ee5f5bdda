//! The configuration of a plan: which block refers to what. Expressions themselves are not in a plan, only the names
//! they refer to, and neither are locals nor what stands in dynamic blocks.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use holdpoint_core::Link;

use super::address::{Address, Reference, is_beginning};
use super::cursor::Cursor;

/// One reference of a block.
#[derive(Debug, Clone)]
pub(super) struct Term<'a> {
    pub(super) text: Cow<'a, str>,
    /// The same expression asks which instance it is evaluated for, so it likely means the matching one.
    pub(super) each: bool,
    pub(super) how: Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Managed,
    Data,
    /// A variable of a module; its terms are what the caller passes, so they are names of the caller's module.
    Variable,
    Output,
    /// What decides over a module call as a whole, in names of the caller's module: `count`, `for_each`, `depends_on`.
    Call,
}

/// Something that refers to others.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) what: What,
    /// `aws_x.y`, for a resource.
    pub(super) name: Cow<'a, str>,
    pub(super) module: usize,
    pub(super) terms: Vec<Term<'a>>,
    /// The key of its provider's configuration.
    pub(super) provider: Cow<'a, str>,
    /// It has `count` or `for_each`, so that there may be no instance of it.
    pub(super) repeated: bool,
}

/// A module as it is called in one place.
#[derive(Debug, Default)]
pub(super) struct Module<'a> {
    pub(super) parent: Option<usize>,
    pub(super) depth: usize,
    /// What its resources' addresses begin with: `module.a.module.b.`, or nothing.
    pub(super) path: String,
    pub(super) repeated: bool,
    pub(super) call: Option<usize>,
    pub(super) children: BTreeMap<Cow<'a, str>, usize>,
    /// Blocks by name: `aws_x.y`, `data.aws_x.y`.
    pub(super) resources: HashMap<Cow<'a, str>, usize>,
    /// The same, in the order in which they stand there.
    pub(super) listed: Vec<usize>,
    pub(super) variables: BTreeMap<Cow<'a, str>, usize>,
    pub(super) outputs: BTreeMap<Cow<'a, str>, usize>,
}

/// Where a provider works, as far as its configuration says so in plain values.
#[derive(Debug, Default, Clone)]
pub(super) struct Provider {
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
}

/// All modules, the root first, and all blocks.
#[derive(Debug, Default)]
pub(super) struct Configuration<'a> {
    pub(super) modules: Vec<Module<'a>>,
    pub(super) blocks: Vec<Block<'a>>,
    pub(super) providers: HashMap<Cow<'a, str>, Provider>,
}

impl<'a> Configuration<'a> {
    /// Reads the text of `configuration`; `variables` is the plan's own list of values.
    pub(super) fn read(text: &'a str, variables: &str) -> Self {
        let mut found = Self { modules: vec![Module::default()], ..Self::default() };
        Cursor::new(text).members(|key, cursor| match key.as_ref() {
            "root_module" => found.module(0, cursor),
            "provider_config" => cursor.members(|key, cursor| {
                found.providers.insert(key, provider(cursor, variables));
            }),
            _ => {}
        });
        found
    }

    /// The module that a resource is in, if it is still in the configuration.
    fn module_of(&self, address: &Address<'_>) -> Option<usize> {
        address.modules.iter().try_fold(0, |at, (name, _)| {
            self.modules.get(at).and_then(|module| module.children.get(*name)).copied()
        })
    }

    /// Where the provider of a resource works.
    pub(super) fn provider_of(&self, address: &str) -> Option<&Provider> {
        if self.providers.is_empty() {
            return None;
        }
        let address = Address::parse(address)?;
        let module = self.modules.get(self.module_of(&address)?)?;
        let block = self.blocks.get(*module.resources.get(address.resource)?)?;
        self.providers.get(&block.provider)
    }

    fn add(&mut self, block: Block<'a>) -> usize {
        self.blocks.push(block);
        self.blocks.len().saturating_sub(1)
    }

    fn module(&mut self, number: usize, cursor: &mut Cursor<'a>) {
        cursor.members(|key, cursor| match key.as_ref() {
            "resources" => cursor.items(|cursor| self.resource(number, cursor)),
            "outputs" => cursor.members(|name, cursor| self.output(number, name, cursor)),
            "module_calls" => cursor.members(|name, cursor| self.call(number, name, cursor)),
            _ => {}
        });
    }

    fn resource(&mut self, module: usize, cursor: &mut Cursor<'a>) {
        let (mut address, mut data, mut repeated) = (None, false, false);
        let (mut provider, mut terms) = (Cow::Borrowed(""), Vec::new());
        cursor.members(|key, cursor| match key.as_ref() {
            "address" => address = cursor.string(),
            "mode" => data = cursor.string().is_some_and(|mode| mode != "managed"),
            "provider_config_key" => provider = cursor.string().unwrap_or_default(),
            "type" | "name" | "schema_version" => {}
            "depends_on" => depends_on(cursor, &mut terms),
            other => {
                repeated |= matches!(other, "count_expression" | "for_each_expression");
                collect(cursor, &mut terms);
            }
        });
        let Some(address) = address else { return };
        let what = if data { What::Data } else { What::Managed };
        let number = self.add(Block { what, name: address.clone(), module, terms, provider, repeated });
        if let Some(module) = self.modules.get_mut(module) {
            module.resources.insert(address, number);
            module.listed.push(number);
        }
    }

    fn output(&mut self, module: usize, name: Cow<'a, str>, cursor: &mut Cursor<'a>) {
        let mut terms = Vec::new();
        cursor.members(|key, cursor| match key.as_ref() {
            "expression" => collect(cursor, &mut terms),
            "depends_on" => depends_on(cursor, &mut terms),
            _ => {}
        });
        let block = Block {
            what: What::Output,
            name: "".into(),
            module,
            terms,
            provider: "".into(),
            repeated: false,
        };
        let number = self.add(block);
        if let Some(module) = self.modules.get_mut(module) {
            module.outputs.insert(name, number);
        }
    }

    fn call(&mut self, parent: usize, name: Cow<'a, str>, cursor: &mut Cursor<'a>) {
        let number = self.modules.len();
        let Some(caller) = self.modules.get_mut(parent) else { return };
        let (path, depth) = (format!("{}module.{name}.", caller.path), caller.depth.saturating_add(1));
        let mut repeated = caller.repeated;
        caller.children.insert(name, number);
        self.modules.push(Module { parent: Some(parent), depth, path, ..Module::default() });
        let (mut passed, mut terms) = (Vec::new(), Vec::new());
        let mut body = None;
        cursor.members(|key, cursor| match key.as_ref() {
            "expressions" => cursor.members(|name, cursor| {
                let mut terms = Vec::new();
                collect(cursor, &mut terms);
                passed.push((name, terms));
            }),
            "module" => body = Some(*cursor),
            "depends_on" => depends_on(cursor, &mut terms),
            "source" | "version_constraint" => {}
            _ => {
                repeated = true;
                collect(cursor, &mut terms);
            }
        });
        let block = |what, terms| Block {
            what,
            name: "".into(),
            module: number,
            terms,
            provider: "".into(),
            repeated: false,
        };
        for (name, terms) in passed {
            let variable = self.add(block(What::Variable, terms));
            if let Some(module) = self.modules.get_mut(number) {
                module.variables.insert(name, variable);
            }
        }
        let call = self.add(block(What::Call, terms));
        if let Some(module) = self.modules.get_mut(number) {
            (module.call, module.repeated) = (Some(call), repeated);
        }
        if let Some(mut body) = body {
            self.module(number, &mut body);
        }
    }
}

/// Every list of references within an expression, a block or a list of blocks.
fn collect<'a>(cursor: &mut Cursor<'a>, terms: &mut Vec<Term<'a>>) {
    if cursor.is_array() {
        return cursor.items(|cursor| collect(cursor, terms));
    }
    cursor.members(|key, cursor| match key.as_ref() {
        "references" if cursor.is_array() => references(cursor, terms),
        "constant_value" => {}
        _ => collect(cursor, terms),
    });
}

/// One list of references. Each stands there whole, followed by its own beginnings, which say nothing new.
fn references<'a>(cursor: &mut Cursor<'a>, terms: &mut Vec<Term<'a>>) {
    let start = terms.len();
    let mut each = false;
    let mut last: Cow<'a, str> = Cow::Borrowed("");
    cursor.items(|cursor| {
        let Some(text) = cursor.string() else { return };
        if !is_beginning(&text, &last) {
            match Reference::parse(&text) {
                Reference::Instance => each = true,
                Reference::Nothing => {}
                _ => terms.push(Term { text: text.clone(), each: false, how: Link::Reference }),
            }
        }
        last = text;
    });
    for term in terms.iter_mut().skip(start) {
        term.each = each;
    }
}

fn depends_on<'a>(cursor: &mut Cursor<'a>, terms: &mut Vec<Term<'a>>) {
    cursor.items(|cursor| {
        let text = cursor.string();
        terms.extend(text.map(|text| Term { text, each: false, how: Link::DependsOn }));
    });
}

fn provider(cursor: &mut Cursor<'_>, variables: &str) -> Provider {
    let mut found = Provider::default();
    cursor.members(|key, cursor| {
        if key != "expressions" {
            return;
        }
        cursor.members(|name, cursor| match name.as_ref() {
            "region" => found.region = plain(cursor.value(), variables),
            "project" | "subscription_id" => found.account = plain(cursor.value(), variables),
            "allowed_account_ids" => found.account = found.account.take().or_else(|| only(cursor.value())),
            _ => {}
        });
    });
    found
}

/// The value of an expression that is a constant, or one variable of the plan.
fn plain(expression: &str, variables: &str) -> Option<String> {
    let (mut value, mut name) = (None, None);
    Cursor::new(expression).members(|key, cursor| match key.as_ref() {
        "constant_value" => value = cursor.string().map(Cow::into_owned),
        "references" => cursor.items(|cursor| {
            let text = cursor.string().unwrap_or_default();
            name = name.take().or_else(|| text.strip_prefix("var.").map(str::to_owned));
        }),
        _ => {}
    });
    let wanted = name.filter(|_| value.is_none());
    Cursor::new(variables).members(|key, cursor| {
        if wanted.as_deref() == Some(key.as_ref()) {
            cursor.members(|key, cursor| {
                if key == "value" {
                    value = cursor.string().map(Cow::into_owned);
                }
            });
        }
    });
    value.filter(|value| !value.is_empty())
}

/// The one string of a constant list.
fn only(expression: &str) -> Option<String> {
    let mut found = Vec::new();
    Cursor::new(expression).members(|key, cursor| {
        if key == "constant_value" {
            cursor.items(|cursor| found.extend(cursor.string().map(Cow::into_owned)));
        }
    });
    found.pop().filter(|_| found.is_empty())
}
