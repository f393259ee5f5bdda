//! Whatever refers to whatever.

use super::*;
use proptest::prelude::*;

/// References of all kinds between a few names, so that they often meet.
fn reference() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    let key = prop::sample::select(vec!["", "[0]", "[\"k\"]", "[\"", "[\"z\"]"]);
    (prop::sample::select(vec!["t", "data.t", "var", "local", "module.m", "module.n", "each", ""]), name, key)
        .prop_map(|(kind, name, key)| format!("{kind}.{name}{key}.id"))
}

fn module(depth: u32) -> BoxedStrategy<Value> {
    let references = || prop::collection::vec(reference(), 0..4);
    let resource = (prop::sample::select(vec!["t.a", "t.b", "t.c", "data.t.a"]), references(), references())
        .prop_map(|(address, x, on)| {
            let mut block = block(address, &x.iter().map(String::as_str).collect::<Vec<_>>());
            block["depends_on"] = json!(on);
            block
        });
    let output = (prop::sample::select(vec!["a", "b"]), references());
    let outputs = prop::collection::vec(output, 0..3).prop_map(|list| {
        list.into_iter()
            .map(|(name, r)| (name.to_owned(), json!({"expression": {"references": r}})))
            .collect::<serde_json::Map<_, _>>()
    });
    let own = (prop::collection::vec(resource, 0..4), outputs);
    if depth == 0 {
        return own
            .prop_map(|(resources, outputs)| json!({"resources": resources, "outputs": outputs}))
            .boxed();
    }
    (own, module(depth - 1), module(depth - 1), references(), references())
        .prop_map(|((resources, outputs), m, n, passed, on)| {
            let call = |module| json!({"module": module, "depends_on": on, "expressions": {"a": {"references": passed}}});
            json!({"resources": resources, "outputs": outputs, "module_calls": {"m": call(m), "n": call(n)}})
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_refers_to_whatever_the_graph_is_sound_and_the_same_again(
        root in module(2),
        kept in prop::collection::vec(any::<bool>(), 200),
    ) {
        let mut resources = Vec::new();
        for module in ["", "module.m.", "module.n.", "module.m[\"k\"].module.n."] {
            for name in ["a", "b", "c"] {
                for key in ["", "[0]", "[\"k\"]"] {
                    if kept[resources.len() % kept.len()] || module.is_empty() {
                        resources.push(same(&format!("{module}t.{name}{key}"), json!({"id": format!("sg-{}", resources.len())})));
                    }
                }
            }
        }
        let document = plan(&resources, json!({"root_module": root}));
        let (one, again) = (parse(&document), parse(&document));
        prop_assert_eq!(edges(&one), edges(&again));
        prop_assert_eq!((one.graph.resolved, gaps(&one)), (again.graph.resolved, gaps(&again)));
        prop_assert_eq!(one.graph.nodes().len(), resources.len());
        for edge in one.graph.edges() {
            prop_assert!(edge.from != edge.to && (edge.to as usize) < resources.len() && (edge.from as usize) < resources.len());
        }
        prop_assert!(one.graph.edges().windows(2).all(|pair| (pair[0].from, pair[0].to) < (pair[1].from, pair[1].to)));
    }
}
