//! The direction of dependencies: `core <- module -> abi <- host`, `store <- store-* <- host`; the host never reaches the core.
//!
//! It reads cargo's own graph (all features, every target), so a way around through a third crate is seen too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::tidy::Violation;

/// What each crate of the workspace may use of the others. `colloq-tests` may use all and is not listed.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("colloq-core", &[]),
    ("colloq-abi", &[]),
    ("colloq-store", &[]),
    ("colloq-store-sqlite", &["colloq-store"]),
    ("colloq-store-redis", &["colloq-store"]),
    ("colloq-module", &["colloq-core", "colloq-abi"]),
    ("colloq-host", &["colloq-abi", "colloq-store", "colloq-store-sqlite", "colloq-store-redis"]),
    ("colloq-xtask", &[]),
];
const TESTS: &str = "colloq-tests";
/// Who may name wasmtime among its dependencies: one place knows how the file is run.
const RUNS_WASM: [&str; 2] = ["colloq-host", TESTS];
/// Never reached, by whatever way: the wasm file alone is the authority.
const UNREACHABLE: [(&str, &str); 2] = [("colloq-host", "colloq-core"), ("colloq-host", "colloq-module")];

pub(super) fn check(metadata: &Value) -> Vec<Violation> {
    let graph = Graph::new(metadata);
    let mut violations = Vec::new();
    for member in graph.members.iter().filter(|member| member.as_str() != TESTS) {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == member) else {
            violations.push(Violation::new(member, "this crate has no place in the directions of dependency"));
            continue;
        };
        for used in graph.uses(member) {
            if graph.members.contains(used) && !allowed.contains(&used.as_str()) {
                violations.push(Violation::new(member, format!("must not depend on {used}")));
            }
            if used == "wasmtime" && !RUNS_WASM.contains(&member.as_str()) {
                violations.push(Violation::new(member, "only the host runs wasm"));
            }
        }
    }
    for (from, to) in UNREACHABLE {
        if let Some(way) = graph.way(from, to) {
            violations.push(Violation::new(from, format!("reaches {to}: {}", way.join(" -> "))));
        }
    }
    violations
}

/// Which package uses which, by names.
struct Graph {
    members: BTreeSet<String>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn new(metadata: &Value) -> Graph {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> =
            list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let name = |id: &Value| names.get(&text(id)).cloned().unwrap_or_default();
        let members = list(&metadata["workspace_members"]).iter().map(name).collect();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let uses = list(&node["deps"]).iter().map(|dependency| name(&dependency["pkg"])).collect::<Vec<_>>();
            edges.entry(name(&node["id"])).or_default().extend(uses);
        }
        Graph { members, edges }
    }

    fn uses(&self, name: &str) -> impl Iterator<Item = &String> {
        self.edges.get(name).into_iter().flatten()
    }

    /// The names along a way from one package to another.
    fn way(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut came: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            for next in self.uses(name).filter(|next| next.as_str() != from) {
                if came.contains_key(next.as_str()) {
                    continue;
                }
                came.insert(next, name);
                open.push(next);
            }
        }
        came.get(to)?;
        let mut way = vec![to.to_owned()];
        let mut name = to;
        while name != from {
            name = came[name];
            way.insert(0, name.to_owned());
        }
        Some(way)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What cargo would say of a workspace with these uses; names in `members` belong to it.
    fn metadata(members: &[&str], edges: &[(&str, &str)]) -> Value {
        let names: BTreeSet<&str> = members.iter().copied().chain(edges.iter().flat_map(|(from, to)| [*from, *to])).collect();
        let uses = |name: &str| edges.iter().filter(|(from, _)| *from == name).map(|(_, to)| json!({ "pkg": to })).collect::<Vec<_>>();
        json!({
            "packages": names.iter().map(|name| json!({ "id": name, "name": name })).collect::<Vec<_>>(),
            "workspace_members": members,
            "resolve": { "nodes": names.iter().map(|name| json!({ "id": name, "deps": uses(name) })).collect::<Vec<_>>() },
        })
    }

    const MEMBERS: [&str; 6] = ["colloq-core", "colloq-abi", "colloq-store", "colloq-module", "colloq-host", "colloq-tests"];

    #[test]
    fn the_house_as_designed_is_fine() {
        let edges = [
            ("colloq-module", "colloq-core"),
            ("colloq-module", "colloq-abi"),
            ("colloq-host", "colloq-abi"),
            ("colloq-host", "wasmtime"),
            ("colloq-tests", "colloq-core"),
            ("colloq-tests", "colloq-host"),
        ];
        assert_eq!(check(&metadata(&MEMBERS, &edges)), []);
    }

    #[test]
    fn finds_every_wrong_direction() {
        for (from, to) in [
            ("colloq-core", "colloq-abi"),
            ("colloq-abi", "colloq-store"),
            ("colloq-store", "colloq-abi"),
            ("colloq-module", "colloq-store"),
        ] {
            let found = check(&metadata(&MEMBERS, &[(from, to)]));
            assert_eq!(found, [Violation::new(from, format!("must not depend on {to}"))]);
        }
        assert_eq!(
            check(&metadata(&MEMBERS, &[("colloq-store", "wasmtime")])),
            [Violation::new("colloq-store", "only the host runs wasm")]
        );
        assert_eq!(check(&metadata(&["colloq-extra"], &[])).len(), 1);
    }

    #[test]
    fn finds_a_way_around_from_host_to_core() {
        let found = check(&metadata(&MEMBERS, &[("colloq-host", "third"), ("third", "colloq-core")]));
        assert_eq!(found, [Violation::new("colloq-host", "reaches colloq-core: colloq-host -> third -> colloq-core")]);
        assert!(check(&metadata(&MEMBERS, &[("colloq-host", "colloq-core")])).iter().any(|violation| violation.what.contains("reaches")));
    }
}
