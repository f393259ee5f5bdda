use super::Node;

/// A JSON pointer, one step deeper.
pub(crate) fn step(pointer: &str, key: &str) -> String {
    if key.contains(['~', '/']) {
        format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{pointer}/{key}")
    }
}

/// Everything at a dotted path such as `versioning_configuration.status`, with its pointer. Arrays on the way are
/// entered by themselves, because providers render a single block as an array of one.
pub(crate) fn find<'n, 'a>(root: &'n Node<'a>, path: &str) -> Vec<(String, &'n Node<'a>)> {
    let mut level = vec![(String::new(), root)];
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let mut next = Vec::new();
        for (pointer, node) in level {
            enter(&pointer, node, name, &mut next);
        }
        level = next;
    }
    level
}

fn enter<'n, 'a>(pointer: &str, node: &'n Node<'a>, name: &str, out: &mut Vec<(String, &'n Node<'a>)>) {
    match node {
        Node::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                enter(&format!("{pointer}/{n}"), item, name, out);
            }
        }
        _ => out.extend(node.get(name).map(|value| (step(pointer, name), value))),
    }
}
