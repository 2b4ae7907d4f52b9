//! Prints the objects that attach every filter's examples, as one JSON object of file names below
//! `manifests/` and texts, for `cargo xtask gen`. It runs in the root of the repository.

#![allow(clippy::print_stdout, reason = "printing is what it does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use hachure_envoy::Protocol;
use hachure_registry::{FILTERS, Filter};
use hachure_render::{
    Attachment, Document, Instance, Kind, Module, Refusal, Target, Upstream, contour,
    envoy_gateway, stats_config, text, yaml,
};
use serde_json::{Value, json};

const NAMESPACE: &str = "shop";
const TARGET: &str = "orders";
const NOTE: &str = "Generated from filters/FILTER/examples/EXAMPLE.yaml by `cargo xtask gen`.";
const REFUSED: &str = "\
<!-- generated from filters/* by `cargo xtask gen`; do not edit -->
# Examples that a platform cannot carry out

There is no such file, because `hachure render` refuses it:
";
/// What no module has: a file that was not made one's own attaches nothing.
const NO_CHECKSUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = BTreeMap::new();
    let mut entries = vec![];
    let mut refused = String::from(REFUSED);
    for filter in FILTERS {
        entries.push(filter.entry()?);
        for example in examples(filter)? {
            let document = hachure_yaml::parse(&fs::read_to_string(&example)?)?.value;
            let example = example
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            for (folder, render, kind) in PLATFORMS {
                let attachment = attachment(filter, &example, &document, *kind)?;
                let path = format!("{folder}/{}/{example}.yaml", filter.name);
                match render(&attachment) {
                    Ok(rendered) => {
                        files.insert(path, file(filter, &example, &document, rendered));
                    }
                    Err(why) => refused.push_str(&format!("\n- `{path}`: {why}\n")),
                }
            }
        }
    }
    let tags = Document::of(json!({"stats_config": stats_config(&entries)}));
    let tags = tags.say(
        "Labels of the filters' metrics, generated from filters/*/filter.yaml by `cargo xtask gen`.\n\
         For Envoys whose bootstrap someone else writes: envoy --config-yaml \"$(cat FILE)\"",
    );
    files.insert("stats-tags.yaml".to_owned(), text(&[tags]));
    files.insert("refused.md".to_owned(), refused);
    println!("{}", serde_json::to_string(&files)?);
    Ok(())
}

/// What renders for a platform.
type Render = fn(&Attachment) -> Result<Vec<Document>, Refusal>;

const PLATFORMS: &[(&str, Render, Kind)] = &[
    ("contour", contour, Kind::HttpProxy),
    ("envoy-gateway", envoy_gateway, Kind::HttpRoute),
];

fn examples(filter: &Filter) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let folder = Path::new("filters").join(filter.name).join("examples");
    let mut files = vec![];
    for entry in folder
        .read_dir()
        .map_err(|why| format!("{}: {why}", folder.display()))?
    {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    Ok(files)
}

fn attachment(
    filter: &'static Filter,
    example: &str,
    case: &Value,
    kind: Kind,
) -> Result<Attachment, Box<dyn Error>> {
    let version = filter.entry()?.version;
    let target = Target {
        kind,
        name: TARGET.to_owned(),
        section: None,
    };
    let module = Module {
        url: format!(
            "https://modules.example.com/hachure/{version}/{}.wasm",
            filter.name
        ),
        sha256: NO_CHECKSUM.to_owned(),
    };
    let instance = Instance {
        name: filter.name.to_owned(),
        filter,
        config: case
            .get("config")
            .cloned()
            .ok_or("an example without a config")?,
        fail_open: false,
        module: Some(module),
    };
    Ok(Attachment {
        name: format!("{}-{example}", filter.name),
        namespace: NAMESPACE.to_owned(),
        targets: vec![target],
        upstreams: upstreams(case),
        filters: vec![instance],
    })
}

/// The upstreams that answer in the example, as Services of their names.
fn upstreams(case: &Value) -> BTreeMap<String, Upstream> {
    let named = case
        .get("upstreams")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let service = |(name, answer): (&String, &Value)| {
        let protocol = match answer.get("grpc") {
            Some(_) => Protocol::Http2,
            None => Protocol::Http1,
        };
        let upstream = Upstream {
            host: format!("{name}.{NAMESPACE}.svc.cluster.local"),
            port: 8081,
            protocol,
            tls: None,
        };
        (name.clone(), upstream)
    };
    named.map(service).collect()
}

/// The text of a file: where it is from and what it shows, then the objects.
fn file(filter: &Filter, example: &str, case: &Value, mut documents: Vec<Document>) -> String {
    let title = case
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let note = NOTE
        .replace("FILTER", filter.name)
        .replace("EXAMPLE", example);
    let head = yaml::comment(&format!("{title}\n{note}"), 0);
    for document in &mut documents {
        let sum = document.value.pointer("/spec/wasm/0/code/http/sha256");
        if sum.is_some_and(|sum| sum == NO_CHECKSUM) {
            document.comments.insert(
                "spec.wasm[0].code".to_owned(),
                "Yours: the URL where the module is, and the module's line of SHA256SUMS. As it \
                 stands no module is taken, and the route answers 500. `hachure render` fills in both."
                    .to_owned(),
            );
        }
    }
    format!("{head}\n{}", text(&documents))
}
