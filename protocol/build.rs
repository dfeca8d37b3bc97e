//! Lists the definitions of `spec/formats`, `spec/groups` and `spec/codes`, so that a new one is a
//! new file and no line of code.

use std::fmt::Write;
use std::path::Path;
use std::{env, error::Error, fs};

const FOLDERS: [(&str, &str); 3] = [
    ("Format", "formats"),
    ("Group", "groups"),
    ("CodeList", "codes"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let spec = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../spec");
    let mut table = "&[\n".to_owned();
    for (kind, folder) in FOLDERS {
        // A folder may have no file yet and then not be there.
        let Ok(entries) = fs::read_dir(spec.join(folder)) else {
            println!("cargo::rerun-if-changed=../spec");
            continue;
        };
        println!("cargo::rerun-if-changed=../spec/{folder}");
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().into_string().map_err(|_| "name")?;
            if name.ends_with(".toml") {
                names.push(name);
            }
        }
        names.sort_unstable();
        for name in names {
            let path =
                format!(r#"concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/{folder}/{name}")"#);
            writeln!(
                table,
                r#"    (Kind::{kind}, "{folder}/{name}", include_str!({path})),"#
            )?;
        }
    }
    table.push_str("]\n");
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("definitions.rs"),
        table,
    )?;
    Ok(())
}
