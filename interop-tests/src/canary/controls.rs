//! Where the search must find: the same texts, put in the open on purpose.
//!
//! A store to which an unsealed form was committed, a frame sent without a hop, a panic that
//! speaks, a process that holds the text, and every form in a file of its own.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use estafette_protocol::encoding::{Text, encode};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::frame::Frame;
use estafette_relay::record::{self, Record};
use estafette_relay::store::{JournalStore, Store, StoreOptions};

use super::cast::{Texts, core_of, until};
use super::needle::{Needle, needles};
use super::scan::Scan;
use super::{CanaryError, Options, Report, wire};

/// Puts the texts in the open and searches there.
///
/// # Errors
/// When one of the places cannot be made.
pub fn run(
    dir: &Path,
    all: &[Needle],
    texts: &Texts,
    options: &Options,
    report: &mut Report,
) -> Result<(), CanaryError> {
    for needle in all {
        let path = dir.join("form");
        fs::write(&path, [b"before ", &needle.bytes[..], b" after"].concat())
            .map_err(CanaryError::io("write a form"))?;
        let what = format!("control: {}", needle.name);
        found(&path, std::slice::from_ref(needle), &what, report)?;
    }
    let plain = &needles("message", &texts.message)[..1];
    let form = form(&texts.message)?;
    let journal = dir.join("journal");
    commit(&journal, &form)?;
    found(
        &journal,
        plain,
        "control: a journal of an unsealed form",
        report,
    )?;
    let capture = dir.join("capture");
    send(&capture, &form)?;
    found(
        &capture,
        plain,
        "control: a captured frame that went without a hop",
        report,
    )?;
    if options.cores {
        let core = hold(dir, texts, options)?;
        found(
            &core,
            plain,
            "control: a core file of a process that holds the text",
            report,
        )?;
    }
    let panic = dir.join("panic.log");
    let ended = Command::new(&options.own)
        .args(["panic-with", &texts.message])
        .stderr(File::create(&panic).map_err(CanaryError::io("make a log"))?)
        .status()
        .map_err(CanaryError::io("run a panic"))?;
    report.check(!ended.success(), "control: the panic that speaks is one");
    found(
        &panic,
        plain,
        "control: a log of a panic that speaks",
        report,
    )
}

fn found(
    path: &Path,
    wanted: &[Needle],
    what: &str,
    report: &mut Report,
) -> Result<(), CanaryError> {
    let mut scan = Scan::default();
    scan.path(path, wanted)
        .map_err(CanaryError::io("search a control"))?;
    let counted = format!(
        "{what}: found in {} files, {} bytes",
        scan.files, scan.bytes
    );
    report.check(scan.has_all(wanted), &counted);
    Ok(())
}

fn form(text: &str) -> Result<Vec<u8>, CanaryError> {
    let other = |error: &dyn std::fmt::Display| CanaryError::Other(error.to_string());
    let text = Text::new(text).map_err(|error| other(&error))?;
    let fields = vec![Field {
        number: 2,
        value: Value::Text(text),
    }];
    encode(&Form {
        format: 6,
        version: 1,
        fields,
    })
    .map_err(|error| other(&error))
}

fn commit(dir: &Path, form: &[u8]) -> Result<(), CanaryError> {
    let other = |error: &dyn std::fmt::Display| CanaryError::Other(error.to_string());
    let options = StoreOptions::default();
    let (mut store, _) = JournalStore::open(dir, options).map_err(|error| other(&error))?;
    let envelope = record::Envelope {
        digest: [1; 32],
        sender: "duty@spoc.police.xa".to_owned(),
        reference: [2; 16],
        precedence: 0,
        status: 0,
        expires_ms: u64::MAX,
    };
    let record = Record::Envelope {
        envelope,
        mailboxes: vec![],
        await_desks: vec![],
    };
    store
        .append(1, record, Some(form))
        .map_err(|error| other(&error))?;
    store.commit().map_err(|error| other(&error))?;
    Ok(())
}

/// Sends a frame over a wire of its own as it would look if there were no hop.
fn send(capture: &Path, form: &[u8]) -> Result<(), CanaryError> {
    let bind = || UdpSocket::bind(("127.0.0.1", 0)).map_err(CanaryError::io("bind a socket"));
    let address = |socket: &UdpSocket| {
        socket
            .local_addr()
            .map_err(CanaryError::io("bind a socket"))
    };
    let (relay, client, free) = (bind()?, bind()?, bind()?);
    let near = address(&free)?;
    drop(free);
    let passed =
        wire::lay(near, address(&relay)?, capture).map_err(CanaryError::io("lay a wire"))?;
    let frame = Frame::Submit {
        number: 1,
        envelope: form.to_vec().into(),
    };
    let frame = encode(&frame).map_err(|error| CanaryError::Other(error.to_string()))?;
    client
        .send_to(&frame, near)
        .map_err(CanaryError::io("send a frame"))?;
    until("a datagram", || Ok(passed.datagrams() == 1))
}

/// Takes a core file of a process that has read the text.
fn hold(dir: &Path, texts: &Texts, options: &Options) -> Result<std::path::PathBuf, CanaryError> {
    let mut child = Command::new(&options.own)
        .arg("hold")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(CanaryError::io("start a process that holds the text"))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(mut stdout)) = (stdin, stdout) else {
        return Err(CanaryError::Other("no pipes".to_owned()));
    };
    let told = stdin
        .write_all(texts.message.as_bytes())
        .and_then(|()| stdin.flush());
    told.map_err(CanaryError::io("tell the text"))?;
    let read = stdout.read_exact(&mut [0]);
    read.map_err(CanaryError::io("wait for the process that holds the text"))?;
    let taken = core_of(child.id(), &dir.join("core"));
    drop(stdin);
    // It ends with its standard input.
    child
        .wait()
        .map_err(CanaryError::io("wait for the process that holds the text"))?;
    match taken? {
        true => Ok(dir.join(format!("core.{}", child.id()))),
        false => Err(CanaryError::Other("gcore gave no core file".to_owned())),
    }
}

/// The process that holds the text: reads it, says so, and keeps it until its input ends.
#[must_use]
pub fn holder() -> ExitCode {
    let mut held = vec![0; needles("", &"x".repeat(32))[0].bytes.len()];
    let mut stdin = std::io::stdin();
    if stdin.read_exact(&mut held).is_err() {
        return ExitCode::FAILURE;
    }
    let mut stdout = std::io::stdout();
    if stdout
        .write_all(b".")
        .and_then(|()| stdout.flush())
        .is_err()
    {
        return ExitCode::FAILURE;
    }
    // Until whoever told the text goes away.
    let _ = stdin.read(&mut [0]);
    std::hint::black_box(&held);
    ExitCode::SUCCESS
}
