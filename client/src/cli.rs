//! The command line: one struct for each command, one file below `cli/` that carries it out.
//!
//! Everyday verbs are short and top-level; every verb that takes a message takes small ids,
//! several at once, or the beginning of a digest. What is printed goes through [`crate::output`],
//! how a command ends is [`crate::exit`].

use crate::exit::Exit;
use crate::failure::Outcome;
use crate::labels;
use crate::output::{Output, is_ascii_environment};
use crate::passphrase::Source;
use clap::{Args, Parser, Subcommand};
use estafette_protocol::format::Catalogue;
use std::path::PathBuf;
use std::process::ExitCode;

mod ack;
mod alert;
mod answer;
mod board;
mod brief;
mod cap;
mod close;
mod context;
mod correct;
mod daemon;
mod decline;
mod device;
mod draft;
mod duty;
mod enclosures;
mod escalate;
mod export;
mod extend;
mod fields;
mod flag;
mod forward;
mod grant;
mod handover;
mod join;
mod list;
mod network;
mod note;
mod outbox;
mod release;
mod releases;
mod remind;
mod request;
mod respond;
mod rewrap;
mod route;
mod say;
mod schema;
mod search;
mod send;
mod show;
mod sync;
mod template;
mod track;
mod undo;
mod update;
mod watch;
mod way;
mod whoami;
mod withdraw;

use context::Context;

const HOME_HELP: &str = "Folder of the account [default: $ESTAFETTE_HOME, else the data folder]";

/// Where further definitions are, for this process and those it starts.
const DEFINITIONS: &str = "ESTAFETTE_DEFINITIONS";
const DEFINITIONS_HELP: &str = "Further formats, groups and codes [default: $ESTAFETTE_DEFINITIONS, definitions/ of the account]";

const LANGUAGE_HELP: &str = "\
    Language of what is read: en, fr, es, de or ar [default: $ESTAFETTE_LANG, else the locale]";

const EXAMPLES: &str = "\
Examples:
  estafette                                          what needs me?
  estafette flag 'Grey van northbound' --type pursuit --to duty@ops.border.xb
  estafette ack 112 --eta 45m --officer 'Insp. Ahl'
  estafette track 112
  estafette decline 112 --reason not-available       the next desk is asked at once if nobody else
                                                     of the chain is on it
  estafette correct 112                              it was wrong: tell everybody who got it
  estafette duty take 8h
  estafette watch                                    the live board
  estafette show 112 --lang fr
  estafette search --entity 'DE89 3704 0044 0532 0130 00' --since 30d
  estafette flag 'Drill' --to duty@ops.border.xb --wait acknowledged; echo $?

Exit codes:
  0 done, or safely queued    5 trust failure      9 someone is overdue
  1 failed                    6 relay unreachable  10 negative: undeliverable, unreadable
  2 usage                     7 refused by rule    11 no such id
  3 cancelled, input needed   8 still pending      130 interrupted
  4 locked or not enrolled";

/// Emergency flags and notes between agencies, with a signed receipt for every step.
#[derive(Debug, Parser)]
#[command(name = "estafette", version, after_help = EXAMPLES, disable_help_subcommand = false)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Global {
    #[arg(long, global = true, value_name = "DIR", help = HOME_HELP)]
    home: Option<PathBuf>,
    /// Read the passphrase from this open file descriptor
    #[arg(
        long,
        global = true,
        value_name = "N",
        conflicts_with = "passphrase_file"
    )]
    passphrase_fd: Option<u32>,
    /// Read the passphrase from this file, which only you may read
    #[arg(long, global = true, value_name = "PATH")]
    passphrase_file: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR", help = DEFINITIONS_HELP)]
    definitions: Option<PathBuf>,
    /// One JSON object a line on stdout, no talk
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more, on stderr; twice for every frame
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Times in UTC
    #[arg(long, global = true)]
    utc: bool,
    #[arg(long, global = true, value_name = "LANGUAGE", help = LANGUAGE_HELP)]
    lang: Option<String>,
    /// Only ASCII
    #[arg(long, global = true)]
    ascii: bool,
    /// No colour
    #[arg(long, global = true)]
    no_color: bool,
    /// Never ask on the terminal
    #[arg(long, global = true)]
    no_input: bool,
    /// Leave nothing running in the background
    #[arg(long, global = true)]
    no_daemon: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Join a desk with an invitation; again without one to see how it stands
    Join(join::Join),
    /// Raise an emergency flag
    Flag(flag::Flag),
    /// Send an alert
    Alert(alert::Alert),
    /// Call a joint briefing
    Brief(brief::Brief),
    /// Ask for information or action
    Ask(request::Ask),
    /// Answer a message
    Answer(answer::Answer),
    /// Send a message of yours again, changed
    Update(update::Update),
    /// Take a message of yours back
    Withdraw(withdraw::Withdraw),
    /// Tell everybody who got a message of yours that it was wrong
    Correct(correct::Correct),
    /// Pass messages on, or with --extract what their originators let pass on
    Forward(forward::Forward),
    /// Allow that a message of yours is passed on, or used in court
    Grant(grant::Grant),
    /// Mark a message of yours anew
    Reclassify(grant::Reclassify),
    /// Send a note
    Note(note::Note),
    /// Send any format that is known
    Send(send::Send),
    /// Show the way that a message would take, and who has to let it go
    Route(route::Route),
    /// Documents to begin with
    Template(template::Template),
    /// What was written and not sent
    Draft(draft::DraftCommand),
    /// Acknowledge messages, or take that back
    Ack(ack::Ack),
    /// Say that your desk will not act, and why
    Decline(decline::Decline),
    /// Name the desk that is the right one
    Refer(decline::Refer),
    /// Ask for more time to answer; as sender, give it
    Extend(extend::Extend),
    /// Remind those who must act
    Remind(remind::Remind),
    /// Ask for a step of the chain now
    Escalate(escalate::Escalate),
    /// Close messages of yours: nobody need answer any more
    Close(close::Close),
    /// Take back the last thing that has not left
    Undo(undo::Undo),
    /// Who is on duty, and saying so
    Duty(duty::DutyCommand),
    /// Hand over to the desk that takes over
    Handover(handover::Handover),
    /// Let a message of your agency go; without an id, list what waits for your desk
    Release(release::Release),
    /// Do not let a message of your agency go
    Refuse(release::Refuse),
    /// Let devices read a message that joined after it was sealed
    Rewrap(rewrap::Rewrap),
    /// List messages
    List(list::List),
    /// Show messages
    Show(show::Show),
    /// Search the messages on this machine
    Search(search::Search),
    /// Follow messages: one row for each addressee
    Track(track::Track),
    /// The live board: what needs this desk, counting down, until it is acknowledged
    Watch(watch::Watch),
    /// What has not left this machine yet
    Outbox(outbox::Outbox),
    /// Exchange everything with the relay now
    Sync(sync::Sync),
    /// Show the form that a CAP alert becomes, without account or relay
    Cap(cap::Cap),
    /// Write a message as a file of another standard
    Export(export::Export),
    /// Stay connected in the foreground
    Daemon(daemon::Daemon),
    /// The devices of a desk: list, suspend, rotate
    Device(device::Device),
    /// Who this device is
    Whoami(whoami::Whoami),
    /// The formats, or the JSON Schema of one
    Schema(schema::Schema),
    /// Two agencies on this machine, from nothing, with no network
    Demo(crate::demo::DemoArgs),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Usage errors have code 2; help and version are no errors.
            let _ = error.print();
            let is_error = error.use_stderr();
            return if is_error { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let global = &cli.global;
    if global.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    log_to_stderr(global.verbose);
    let output = Output {
        json: global.json,
        quiet: global.quiet,
        ascii: global.ascii || is_ascii_environment(),
        utc: global.utc,
    };
    let ended = match &cli.command {
        Some(Command::Demo(args)) => {
            let language = labels::choose(global.lang.as_deref(), Catalogue::built_in());
            language.map(|language| crate::demo::run(args, global.json, language))
        }
        _ => run(cli, output).map(ExitCode::from),
    };
    match ended {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

fn run(cli: Cli, output: Output) -> Outcome<Exit> {
    let global = cli.global;
    let home = global.home.clone();
    let home = home.or_else(|| std::env::var_os("ESTAFETTE_HOME").map(PathBuf::from));
    let source = match (global.passphrase_fd, &global.passphrase_file) {
        (Some(descriptor), _) => Source::Descriptor(descriptor),
        (None, Some(path)) => Source::File(path.clone()),
        (None, None) => Source::Prompt,
    };
    let home = crate::account::home(home)?;
    let named = global.definitions.clone();
    let named = named.or_else(|| std::env::var_os(DEFINITIONS).map(PathBuf::from));
    let catalogue = crate::definitions::catalogue(&home, named.as_deref())?;
    let context = Context {
        language: labels::choose(global.lang.as_deref(), catalogue)?,
        catalogue,
        home,
        source,
        input_allowed: !global.no_input,
        may_spawn: !global.no_daemon,
        output,
    };
    match cli.command {
        None => board::run(&context),
        Some(command) => carry_out(command, &context),
    }
}

/// Carries out one command, be it typed or set off by a key of the board.
fn carry_out(command: Command, context: &Context) -> Outcome<Exit> {
    match command {
        Command::Join(join) => join.run(context),
        Command::Flag(flag) => flag.run(context),
        Command::Alert(alert) => alert.run(context),
        Command::Brief(brief) => brief.run(context),
        Command::Ask(ask) => ask.run(context),
        Command::Answer(answer) => answer.run(context),
        Command::Update(update) => update.run(context),
        Command::Withdraw(withdraw) => withdraw.run(context),
        Command::Correct(correct) => correct.run(context),
        Command::Forward(forward) => forward.run(context),
        Command::Grant(grant) => grant.run(context),
        Command::Reclassify(reclassify) => reclassify.run(context),
        Command::Note(note) => note.run(context),
        Command::Send(send) => send.run(context),
        Command::Route(route) => route.run(context),
        Command::Template(template) => template.run(context),
        Command::Draft(draft) => draft.run(context),
        Command::Ack(ack) => ack.run(context),
        Command::Decline(decline) => decline.run(context),
        Command::Refer(refer) => refer.run(context),
        Command::Extend(extend) => extend.run(context),
        Command::Remind(remind) => remind.run(context),
        Command::Escalate(escalate) => escalate.run(context),
        Command::Close(close) => close.run(context),
        Command::Undo(undo) => undo.run(context),
        Command::Duty(duty) => duty.run(context),
        Command::Handover(handover) => handover.run(context),
        Command::Release(release) => release.run(context),
        Command::Refuse(refuse) => refuse.run(context),
        Command::Rewrap(rewrap) => rewrap.run(context),
        Command::List(list) => list.run(context),
        Command::Show(show) => show.run(context),
        Command::Search(search) => search.run(context),
        Command::Track(track) => track.run(context),
        Command::Watch(watch) => watch.run(context),
        Command::Outbox(outbox) => outbox.run(context),
        Command::Sync(sync) => sync.run(context),
        Command::Daemon(daemon) => daemon.run(context),
        Command::Device(device) => device.run(context),
        Command::Whoami(whoami) => whoami.run(context),
        Command::Export(export) => export.run(context),
        Command::Cap(cap) => cap.run(context),
        Command::Schema(schema) => schema.run(context),
        // Has no account of its own: `main` has run it.
        Command::Demo(_) => Ok(Exit::Done),
    }
}

fn log_to_stderr(verbose: u8) {
    let filter = match verbose {
        0 => "off",
        1 => "estafette_client=info,warn",
        2 => "estafette_client=debug,estafette_relay=debug,info",
        _ => "trace",
    };
    let _ = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .try_init();
}
