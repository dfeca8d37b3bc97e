//! `estafette join`: from an invitation to a device that the roster lists.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::{Account, key_path};
use crate::clock;
use crate::courier::{Event, fingerprint};
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::key_file::{Contents, Cost, SecretBytes};
use crate::words;
use clap::Args;
use estafette_protocol::channel::HopSecret;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Secret, SigningKey};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::enrolment::{Invitation, show_fingerprint};
use serde_json::json;
use std::time::Duration;

/// How long it tries to hand in the request, and to learn that it is signed already.
const ASK_WAIT: Duration = Duration::from_secs(8);

/// Join a desk.
#[derive(Debug, Args)]
pub(super) struct Join {
    /// The invitation, which begins with est1; spaces and hyphens in it do not matter
    #[arg(value_name = "INVITATION")]
    invitation: Vec<String>,
    /// Wait until a roster-key holder has signed
    #[arg(long)]
    wait: bool,
    /// Wait so long at most
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration, default_value = "1h")]
    timeout: u64,
}

impl Join {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = match key_path(&context.home).exists() {
            true => self.continue_with(context)?,
            false => self.create(context)?,
        };
        let patience = match self.wait {
            true => Patience {
                at_most: Duration::from_millis(self.timeout),
                gives_up: false,
            },
            false => Patience {
                at_most: ASK_WAIT,
                gives_up: true,
            },
        };
        let (mut pending, mut refused) = (false, None);
        let waits = self.wait;
        let mut said = false;
        let mut done = |account: &Account, progress: &mut Progress| {
            for event in progress.events.drain(..) {
                match event {
                    Event::EnrolmentPending => pending = true,
                    Event::EnrolmentRefused { code } => refused = Some(code),
                    _ => {}
                }
            }
            if pending && waits && !said {
                said = true;
                say_pending(context, account);
            }
            // A full minute's quota is no refusal of the invitation.
            let is_refused = refused.is_some_and(|code| code != Some(ErrorCode::TooManyRequests));
            let enrolled = account.enrolled_at().is_some() && progress.synced;
            Ok(enrolled || is_refused || pending && !waits)
        };
        let reach = network::wait(&mut unlocked.account, patience, &mut done)?;
        let account = &unlocked.account;
        if account.enrolled_at().is_some() {
            return Ok(say_enrolled(context, account));
        }
        match (refused, pending) {
            (Some(code), false) => Err(refusal(code)),
            (_, true) => {
                if !said {
                    say_pending(context, account);
                }
                Ok(if waits { Exit::Pending } else { Exit::Done })
            }
            (None, false) => Err(not_asked(reach)),
        }
    }

    /// An account is there: the same invitation changes nothing, another one is not mixed in.
    fn continue_with(&self, context: &Context) -> Outcome<Unlocked> {
        let unlocked = context.unlock()?;
        if self.invitation.is_empty() {
            return Ok(unlocked);
        }
        let invitation = self.parse()?;
        let contents = &unlocked.account.keys.contents;
        let same = contents.desk == invitation.desk && contents.root == invitation.root;
        match same {
            true => Ok(unlocked),
            false => Err(Failure::new(
                Exit::Locked,
                "account-exists",
                format!("this folder holds an account of {}", contents.desk),
                "One folder holds one desk; its keys are never overwritten.",
                format!("estafette --home DIR join …      for {}", invitation.desk),
            )),
        }
    }

    fn create(&self, context: &Context) -> Outcome<Unlocked> {
        let invitation = self.parse()?;
        if clock::now() >= invitation.expires {
            return Err(Failure::new(
                Exit::Refused,
                "invitation-expired",
                format!(
                    "the invitation expired at {}",
                    context.output.time(invitation.expires)
                ),
                "No account was made.",
                "ask your administrator for a new one, then:  estafette join INVITATION",
            ));
        }
        let passphrase = context.source.read(true, context.input_allowed)?;
        let contents = contents(&invitation);
        let account = Account::create(&context.home, contents, &passphrase, Cost::default())?;
        Ok(Unlocked {
            account,
            passphrase,
        })
    }

    fn parse(&self) -> Outcome<Invitation> {
        Invitation::from_text(&self.invitation.join(" ")).map_err(|error| {
            Failure::new(
                Exit::Usage,
                "invitation",
                error.to_string(),
                "No account was made; an invitation is copied whole, spaces do not matter.",
                "estafette join est1…",
            )
        })
    }
}

/// Everything that a new device draws for itself.
fn contents(invitation: &Invitation) -> Contents {
    let mut rng = clock::random();
    let hop = HopSecret::generate(&mut rng);
    Contents {
        agency: invitation.agency.clone(),
        root: invitation.root,
        desk: invitation.desk.clone(),
        relay_addresses: invitation.addresses.clone(),
        relay_key: FixedBytes(*invitation.relay_key.as_bytes()),
        signing: SecretBytes::from(&SigningKey::generate(&mut rng).to_seed()),
        hop: SecretBytes::new(*hop.to_bytes()),
        storage: SecretBytes::from(&Secret::generate(&mut rng)),
        invitation: Some(SecretBytes::new(*invitation.secret.expose())),
        prekeys: Vec::new(),
    }
}

fn fingerprint_of(account: &Account) -> String {
    let fingerprint = fingerprint(account).map(|hash| show_fingerprint(&hash));
    fingerprint.unwrap_or_default()
}

fn say_pending(context: &Context, account: &Account) {
    let (output, fingerprint) = (context.output, fingerprint_of(account));
    output.object(
        "join",
        json!({
            "state": "pending",
            "desk": account.desk().as_str(),
            "fingerprint": fingerprint,
        }),
    );
    output.line(&fingerprint);
    output.talk(&format!(
        "✓ {} – request handed in. Read the line above aloud to the holder of the roster key;\n  \
         once it is signed, any command completes this.  Watch it:  estafette join --wait",
        account.desk()
    ));
}

fn say_enrolled(context: &Context, account: &Account) -> Exit {
    let output = context.output;
    output.object(
        "join",
        json!({
            "state": "enrolled",
            "desk": account.desk().as_str(),
            "fingerprint": fingerprint_of(account),
        }),
    );
    output.talk(&format!(
        "✓ {} – enrolled, keys published.  Next:  estafette",
        account.desk()
    ));
    Exit::Done
}

fn refusal(code: Option<ErrorCode>) -> Box<Failure> {
    let word = code.map_or("refused", ErrorCode::word);
    let what = match code {
        Some(ErrorCode::InvitationUnknown) => {
            "the relay does not know the invitation, or it expired"
        }
        Some(ErrorCode::InvitationUsed) => "the invitation has admitted another device",
        _ => "the relay does not take the request",
    };
    Failure::new(
        Exit::Refused,
        word,
        what,
        "Your keys are kept, nothing of yours was sent.",
        "ask your administrator for a new invitation, and join with another --home DIR",
    )
}

fn not_asked(reach: Reach) -> Box<Failure> {
    if let (Reach::Untrusted, Some(failure)) = (reach, reach.failure(0)) {
        return failure;
    }
    let (word, what) = match reach {
        Reach::Unknown => (
            "role-wrong",
            "your relay neither enrols nor knows this device",
        ),
        _ => (
            "relay-unreachable",
            "the relay of the invitation does not answer",
        ),
    };
    Failure::new(
        Exit::Unreachable,
        word,
        what,
        "Your keys are made and kept; the request was not handed in yet.",
        "estafette join --wait",
    )
}
