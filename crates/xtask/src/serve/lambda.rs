//! Builds the command that runs the function under AWS's own runtime client.
//!
//! `edge-worker/lambda/local/serve.mjs` is CloudFront, the function's URL and Lambda on this
//! machine: it makes events of requests and gives them to the runtime client.

use crate::command::{command, root};
use crate::failure::Failure;
use crate::lambda::{MODULE, SCRIPT};
use crate::setup::{Needs, run_for, runtime_client};
use std::path::Path;
use std::process::Command;
use toml::{Table, Value};

/// The command for the function in `built`, listening on 127.0.0.1:`port`. Its files are copied
/// into `folder`, so that a later build does not change them.
pub(super) fn command_for(
    built: &Path,
    mut configuration: Table,
    port: u16,
    folder: &Path,
) -> Result<Command, Failure> {
    run_for(Needs::Lambda)?;
    // The file is for all hosts; this table is not for a function.
    configuration.remove("native");
    let lambda = configuration
        .entry("lambda")
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(lambda) = lambda {
        let site = format!("http://127.0.0.1:{port}");
        lambda.insert("site".to_owned(), Value::String(site));
        lambda.insert("origin_secrets".to_owned(), Value::from(vec![SECRET]));
    }
    for file in [SCRIPT, MODULE] {
        let (from, to) = (built.join(file), folder.join(file));
        std::fs::copy(&from, &to).map_err(Failure::path(&from))?;
    }
    let file = folder.join("throughline.toml");
    std::fs::write(&file, configuration.to_string()).map_err(Failure::path(&file))?;
    let mut server = command("node", &[]);
    server
        .arg(root().join("edge-worker/lambda/local/serve.mjs"))
        .arg(port.to_string())
        .arg(folder)
        .arg(runtime_client::program())
        .arg(SECRET);
    Ok(server)
}

/// Both sides are on this machine.
const SECRET: &str = "between-front-and-function";
