//! `web/src/lib/protocol.ts` is written from the Rust types; this test fails when the committed file differs.
//! `SNUG_WRITE=1 cargo test --lib typescript` writes it anew.

use super::wire::{ClientFrame, ServerFrame};
use ts_rs::{Config, TS, TypeVisitor};

struct Collect<'a> {
    config: &'a Config,
    seen: std::collections::BTreeMap<String, String>,
}

impl TypeVisitor for Collect<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() || self.seen.contains_key(&T::ident(self.config)) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.seen.insert(T::ident(self.config), format!("{docs}export {}\n", T::decl(self.config)));
        T::visit_dependencies(self);
    }
}

#[test]
fn typescript_types_are_those_of_the_server() {
    let config = Config::new();
    let mut all = Collect { config: &config, seen: std::collections::BTreeMap::new() };
    all.visit::<ClientFrame>();
    all.visit::<ServerFrame>();
    let mut text = String::from(
        "// Generated from the Rust types by `SNUG_WRITE=1 cargo test --lib typescript`. Do not edit.\n\n",
    );
    for declaration in all.seen.values() {
        text.push_str(declaration);
        text.push('\n');
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/web/src/lib/protocol.ts");
    if std::env::var_os("SNUG_WRITE").is_some() {
        std::fs::create_dir_all(std::path::Path::new(path).parent().expect("has a parent")).expect("folder");
        std::fs::write(path, &text).expect("written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "web/src/lib/protocol.ts is stale: run SNUG_WRITE=1 cargo test --lib typescript"
    );
}
