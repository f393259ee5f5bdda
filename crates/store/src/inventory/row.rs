//! Rows of `inventory_resources`, as nodes of a graph and as lines of a page.

use holdpoint_core::{Class, Environment, Node};

use crate::{Error, text};

const TABLE: &str = "inventory_resources";

/// The columns of [`NodeRow`], of what is called `r`, for `concat!`.
macro_rules! node_columns {
    () => {
        "r.workspace, r.address, r.type as kind, r.class, r.identifiers, r.names, r.account, r.region, r.sign_environment, \
         r.sign_says"
    };
}
pub(super) use node_columns;

#[derive(Debug, sqlx::FromRow)]
pub(super) struct NodeRow {
    pub(super) workspace: String,
    pub(super) address: String,
    kind: String,
    class: String,
    pub(super) identifiers: Vec<String>,
    names: Vec<String>,
    account: Option<String>,
    region: Option<String>,
    sign_environment: Option<String>,
    sign_says: Option<String>,
}

impl NodeRow {
    /// As a node that exists.
    pub(super) fn node(self) -> Result<Node, Error> {
        let class = class(&self.address, &self.class)?;
        let sign = sign(&self.address, self.sign_environment, self.sign_says)?;
        Ok(Node {
            workspace: self.workspace,
            address: self.address,
            kind: self.kind,
            class,
            identifiers: self.identifiers,
            names: self.names,
            account: self.account,
            region: self.region,
            sign,
            exists: true,
        })
    }
}

pub(super) fn class(row: &str, class: &str) -> Result<Class, Error> {
    text::word(TABLE, row, class)
}

pub(super) fn sign(
    row: &str,
    environment: Option<String>,
    says: Option<String>,
) -> Result<Option<(Environment, String)>, Error> {
    match environment {
        None => Ok(None),
        Some(word) => Ok(Some((text::word(TABLE, row, &word)?, says.unwrap_or_default()))),
    }
}
