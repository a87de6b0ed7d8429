//! The order of `mod` declarations is a floor plan: a module uses only siblings that are listed before it.

use crate::finding::Findings;
use crate::tree::{read, said};
use std::path::{Path, PathBuf};
use syn::visit::Visit;

/// Checks the modules of one crate. Answers how many there are.
pub(super) fn check(root: &Path, source: &Path, findings: &mut Findings) -> usize {
    let start = ["lib.rs", "main.rs"].map(|name| source.join(name)).into_iter().find(|path| path.exists());
    let Some(start) = start else { return 0 };
    let mut house = House { root, findings, modules: Vec::new() };
    house.enter(&start, source, &[]);
    let modules = core::mem::take(&mut house.modules);
    for module in &modules {
        compare(module, &modules, root, findings);
    }
    modules.len()
}

struct Module {
    file: PathBuf,
    path: Vec<String>,
    /// Its children that are part of the product, in order.
    children: Vec<String>,
    /// Every path it names, resolved from the crate's root.
    named: Vec<(Vec<String>, usize)>,
}

struct House<'a> {
    root: &'a Path,
    findings: &'a mut Findings,
    modules: Vec<Module>,
}

impl House<'_> {
    /// Reads a file and, in order, the modules it declares.
    fn enter(&mut self, file: &Path, folder: &Path, path: &[String]) {
        let text = read(file, self.findings);
        let parsed = match syn::parse_file(&text) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.findings.add(said(self.root, file), format!("does not parse: {error}"), "mend it");
                return;
            }
        };
        let declared = parsed.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() && !is_for_tests(&module.attrs) => {
                Some(module)
            }
            _ => None,
        });
        let children: Vec<String> = declared.map(|module| module.ident.to_string()).collect();
        let mut names = Names { path: path.to_vec(), named: Vec::new() };
        names.visit_file(&parsed);
        for child in &children {
            let deeper = [path, core::slice::from_ref(child)].concat();
            let beside = folder.join(format!("{child}.rs"));
            let inside = folder.join(child).join("mod.rs");
            let file = if beside.exists() { beside } else { inside };
            self.enter(&file, &folder.join(child), &deeper);
        }
        self.modules.push(Module {
            file: file.to_owned(),
            path: path.to_vec(),
            children,
            named: names.named,
        });
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg")
            && list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|w| w == "test")
    })
}

/// Gathers the paths a file names.
struct Names {
    path: Vec<String>,
    named: Vec<(Vec<String>, usize)>,
}

impl Names {
    fn add(&mut self, segments: &[String], line: usize) {
        let mut resolved = match segments.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.path.clone(),
            _ => return,
        };
        for segment in segments {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => {
                    resolved.pop();
                }
                _ => resolved.push(segment.clone()),
            }
        }
        self.named.push((resolved, line));
    }

    fn spread(&mut self, tree: &syn::UseTree, before: &[String]) {
        match tree {
            syn::UseTree::Path(path) => {
                self.spread(&path.tree, &[before, &[path.ident.to_string()]].concat());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.spread(tree, before)),
            syn::UseTree::Name(name) => {
                self.add(&[before, &[name.ident.to_string()]].concat(), name.ident.span().start().line);
            }
            syn::UseTree::Rename(name) => {
                self.add(&[before, &[name.ident.to_string()]].concat(), name.ident.span().start().line);
            }
            syn::UseTree::Glob(glob) => {
                self.add(before, glob.star_token.spans.first().map_or(0, |s| s.start().line))
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.spread(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
        self.add(&segments, line);
        syn::visit::visit_path(self, path);
    }
}

/// Whatever a module names must be, seen from where the two part, listed before it.
fn compare(module: &Module, all: &[Module], root: &Path, findings: &mut Findings) {
    for (named, line) in &module.named {
        let shared = module.path.iter().zip(named).take_while(|(one, other)| one == other).count();
        let (Some(own), Some(other)) = (module.path.get(shared), named.get(shared)) else { continue };
        let parent = all.iter().find(|other| other.path == module.path.get(..shared).unwrap_or_default());
        let place =
            |name: &String| parent.and_then(|parent| parent.children.iter().position(|child| child == name));
        if let (Some(own_at), Some(other_at)) = (place(own), place(other))
            && other_at > own_at
        {
            findings.add(
                format!("{}:{line}", said(root, &module.file)),
                format!("module `{own}` uses `{other}`, which is listed after it"),
                format!("list `{other}` before `{own}`, or move what is shared below both"),
            );
        }
    }
}
