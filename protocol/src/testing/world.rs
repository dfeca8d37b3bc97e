//! Two agencies with an accord between them, made from a seed: `police.xa` and `border.xb`.

use super::SeededRng;
use super::rules::house;
use crate::accord::{AcceptedFormat, Accord, Party};
use crate::address::{Agency, Desk, Unit};
use crate::charter::Charter;
use crate::crypto::{Hash, HopKey, Secret, SigningKey};
use crate::directory::Directory;
use crate::encoding::{Extensions, FixedBytes, Object, Signed, Text, encode};
use crate::envelope::{
    Addressee, Header, Parsed, Reader, Role, RosterNumber, SealError, Sealed, seal, signed_bytes,
};
use crate::form::{Field, Form, Value};
use crate::format::Catalogue;
use crate::marking::Marking;
use crate::precedence::{Precedence, Status};
use crate::prekey::{PrekeyBundle, PrekeySecret};
use crate::roster::{Authority, DeskEntry, Device, Roster, RosterRelay};
use crate::rules::Rules;
use crate::time::{DAY_MS, UnixMillis};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// What every desk may originate and the accord lists, as far as it is defined.
const FORMATS: RangeInclusive<u16> = 1..=7;

/// Why a world could not be made: a mistake in the world itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the world of the tests does not hold together")]
pub struct WorldError;

/// A device and all its secrets.
#[derive(Debug, Clone)]
pub struct TestDevice {
    /// Its desk.
    pub desk: Desk,
    /// Signs.
    pub key: SigningKey,
    /// Its hop secret.
    pub hop: Secret,
    /// Its prekeys.
    pub secrets: Vec<PrekeySecret>,
}

/// An agency and all its secrets.
#[derive(Debug, Clone)]
pub struct TestAgency {
    /// Its name.
    pub agency: Agency,
    /// Its root key.
    pub root_key: SigningKey,
    /// Signs rosters.
    pub roster_key: SigningKey,
    /// Signs accords.
    pub accord_key: SigningKey,
    /// Hop secret of its relay.
    pub relay_hop: Secret,
    /// Statement key of its relay.
    pub relay_statement: SigningKey,
    /// Its devices, in the order of their making.
    pub devices: Vec<TestDevice>,
    /// Hash of charter 0.
    pub root: Hash,
    /// Its newest roster.
    pub roster: Roster,
    /// Charter, roster and prekeys as others get them, in order of application.
    pub published: Vec<Vec<u8>>,
    /// Its house, for its own relay only.
    pub house: Vec<u8>,
}

/// Two agencies, their accord and a time.
#[derive(Debug, Clone)]
pub struct World {
    /// The time at which it was made.
    pub now: UnixMillis,
    /// `police.xa`, whose desk is `duty@spoc.police.xa`.
    pub police: TestAgency,
    /// `border.xb`, whose desks are `duty@ops.border.xb` with two devices and `head@ops.border.xb`.
    pub border: TestAgency,
    /// Whoever joined later.
    pub others: Vec<TestAgency>,
    /// The signed accord.
    pub accord: Vec<u8>,
    /// Hash of the accord.
    pub accord_hash: Hash,
    /// For whatever else has to be drawn.
    pub rng: SeededRng,
}

impl World {
    /// Makes the world of a seed.
    ///
    /// # Errors
    /// When it does not hold together.
    pub fn new(seed: &str, now: UnixMillis) -> Result<Self, WorldError> {
        Self::with(seed, now, &["duty"], ["127.0.0.1:4640", "127.0.0.1:4641"])
    }

    /// Makes the world of a seed with one device for each of these desks of `spoc.police.xa`, and
    /// the relays of `police.xa` and `border.xb` at these addresses.
    ///
    /// # Errors
    /// When it does not hold together.
    pub fn with(
        seed: &str,
        now: UnixMillis,
        desks: &[&str],
        [police_at, border_at]: [&str; 2],
    ) -> Result<Self, WorldError> {
        let mut rng = SeededRng::new(seed);
        let police = TestAgency::new(("police.xa", "spoc", police_at), desks, now, &mut rng)?;
        let border = TestAgency::new(
            ("border.xb", "ops", border_at),
            &["duty", "duty", "head"],
            now,
            &mut rng,
        )?;
        let none = Rules::default();
        let accord = accord("xa-xb", &[&police, &border], now, &none)?;
        let accord_hash = accord.hash();
        let accord = accord.encode().map_err(|_| WorldError)?;
        Ok(Self {
            now,
            police,
            border,
            others: Vec::new(),
            accord,
            accord_hash,
            rng,
        })
    }

    /// A world in which `police.xa` has a head unit, `hq`, above its gateway, `spoc`, and above
    /// `north`: its desks are `duty@spoc`, `chief@hq`, `deputy@hq` and `patrol@north`, with a device
    /// each, and a second one for `patrol@north`; the roster shows `chief@hq` as the superior of
    /// those below. Both are bound by these rules.
    ///
    /// # Errors
    /// When it does not hold together.
    pub fn with_rules(seed: &str, now: UnixMillis, rules: &Rules) -> Result<Self, WorldError> {
        let desks = [
            "duty",
            "chief@hq",
            "deputy@hq",
            "patrol@north",
            "patrol@north",
        ];
        let at = ["127.0.0.1:4640", "127.0.0.1:4641"];
        let mut world = Self::with(seed, now, &desks, at)?;
        let chief: Desk = "chief@hq.police.xa".parse().map_err(|_| WorldError)?;
        let unit = chief.unit();
        world.police.amend(|roster| {
            let below = roster.desks.iter_mut().filter(|e| e.desk.unit() != unit);
            below.for_each(|entry| entry.superior = Some(chief.clone()));
        })?;
        world.agree(rules)?;
        Ok(world)
    }

    /// Lets `border.xb` have more desks, with a device each.
    ///
    /// # Errors
    /// When it does not hold together.
    pub fn enlarge_border(&mut self, desks: &[&str]) -> Result<(), WorldError> {
        let all = [&["duty", "duty", "head"], desks].concat();
        let at = ("border.xb", "ops", "127.0.0.1:4641");
        self.border = TestAgency::new(at, &all, self.now, &mut self.rng)?;
        self.agree(&Rules::default())
    }

    /// Puts other rules into the accord.
    ///
    /// # Errors
    /// When they break a limit.
    pub fn agree(&mut self, rules: &Rules) -> Result<(), WorldError> {
        let parties = [&self.police, &self.border].into_iter().chain(&self.others);
        let parties: Vec<&TestAgency> = parties.collect();
        let name = if self.others.is_empty() {
            "xa-xb"
        } else {
            "all-three"
        };
        let accord = accord(name, &parties, self.now, rules)?;
        self.accord_hash = accord.hash();
        self.accord = encoded(&accord)?;
        Ok(())
    }

    /// Lets a third agency with one desk, `duty`, into an accord of all three, which later headers
    /// name. Gives the accord and what the agency publishes, in order of application.
    ///
    /// # Errors
    /// When it does not hold together.
    pub fn join(&mut self, name: &str, unit: &str) -> Result<Vec<Vec<u8>>, WorldError> {
        let joined = TestAgency::new(
            (name, unit, "127.0.0.1:4642"),
            &["duty"],
            self.now,
            &mut self.rng,
        )?;
        let accord = accord(
            "all-three",
            &[&self.police, &self.border, &joined],
            self.now,
            &Rules::default(),
        )?;
        self.accord_hash = accord.hash();
        let mut objects = vec![encoded(&accord)?];
        objects.extend(joined.published.iter().cloned());
        self.others.push(joined);
        Ok(objects)
    }

    /// What an agency's relay, or a device of it, holds.
    ///
    /// # Errors
    /// When an object is refused.
    pub fn directory(&self, own: &TestAgency) -> Result<Directory, WorldError> {
        let mut directory = Directory::new(own.agency.clone(), own.root);
        for object in self.objects(own) {
            directory.apply(object, self.now).map_err(|_| WorldError)?;
        }
        Ok(directory)
    }

    /// The objects behind [`World::directory`], in an order in which each can be verified.
    pub fn objects<'a>(&'a self, own: &'a TestAgency) -> Vec<&'a [u8]> {
        let other = if own.agency == self.police.agency {
            &self.border
        } else {
            &self.police
        };
        let (charter, rest) = own.published.split_at(1);
        let mut objects: Vec<&[u8]> = Vec::new();
        objects.extend(charter.iter().map(Vec::as_slice));
        objects.push(&own.house);
        objects.extend(rest.iter().map(Vec::as_slice));
        objects.push(&self.accord);
        objects.extend(other.published.iter().map(Vec::as_slice));
        objects
    }

    /// A header from a device to desks, current for 24 hours, with nothing optional in it.
    #[must_use]
    pub fn header(&mut self, from: &TestDevice, to: &[&str], precedence: Precedence) -> Header {
        let own = from.desk.agency();
        let roster = self.agency(&own).roster_hash();
        let desks = to.iter().filter_map(|desk| desk.parse::<Desk>().ok());
        let mut addressees: Vec<Addressee> = desks
            .map(|desk| Addressee {
                desk,
                role: Role::Action,
            })
            .collect();
        addressees.sort();
        let foreign: BTreeMap<Agency, u64> = addressees
            .iter()
            .map(|a| a.desk.agency())
            .filter(|agency| *agency != own)
            .map(|agency| (agency.clone(), self.agency(&agency).roster.number))
            .collect();
        Header {
            suite: 1,
            status: Status::Actual,
            reference: FixedBytes(self.rng.array()),
            sender: from.desk.clone(),
            sender_key: from.key.verifying_key().id(),
            addressees,
            format: 1,
            format_version: 1,
            precedence,
            marking: vec![],
            in_reply_to: None,
            supersedes: None,
            encloses: vec![],
            accord: (!foreign.is_empty()).then_some(self.accord_hash),
            roster,
            rosters: foreign
                .into_iter()
                .map(|(agency, number)| RosterNumber { agency, number })
                .collect(),
            created: self.now,
            not_before: None,
            expires: self.now.plus(DAY_MS),
            acknowledge_within: None,
            answer_within: None,
            attachments: vec![],
            retention: None,
            exercise: None,
            task_force: None,
            exception: None,
            body_bytes: 0,
            commitment: FixedBytes([0; 32]),
            extensions: Extensions::default(),
        }
    }

    /// The devices that shall read a message: those of every addressed desk and of the sender's.
    #[must_use]
    pub fn readers(&self, header: &Header) -> Vec<Reader> {
        let desks = std::iter::once(&header.sender)
            .chain(header.addressees.iter().map(|a| &a.desk))
            .zip(0..);
        desks
            .flat_map(|(desk, addressee)| {
                let devices = &self.agency(&desk.agency()).devices;
                devices
                    .iter()
                    .filter(move |d| d.desk == *desk)
                    .filter_map(move |device| {
                        let secret = device.secrets.first()?;
                        Some(Reader {
                            addressee,
                            device: device.key.verifying_key().id(),
                            prekey: secret.id,
                            key: secret.secret.public().ok()?,
                        })
                    })
            })
            .collect()
    }

    /// Seals a flag for all its readers.
    ///
    /// # Errors
    /// When the header or text breaks a rule.
    pub fn seal(
        &mut self,
        from: &TestDevice,
        header: Header,
        text: &str,
    ) -> Result<Sealed, SealError> {
        let readers = self.readers(&header);
        let text = Value::Text(Text::new(text)?);
        let fields = vec![
            Field {
                number: 1,
                value: Value::Code(1),
            },
            Field {
                number: 5,
                value: text,
            },
        ];
        let form = Form {
            format: header.format,
            version: header.format_version,
            fields,
        };
        seal(header, &form, &readers, &from.key, &mut self.rng)
    }

    /// The wraps and body of a sealed message under a new reference, signed anew: a cheap load for
    /// relays, which open neither. It opens for nobody.
    ///
    /// # Errors
    /// When the header breaks a rule.
    pub fn again(&mut self, from: &TestDevice, parsed: &Parsed) -> Result<Parsed, SealError> {
        let mut header = parsed.header().clone();
        header.reference = FixedBytes(self.rng.array());
        let mut envelope = parsed.envelope().clone();
        envelope.header = encode(&header)?.into();
        let digest = Parsed::from_envelope(envelope.clone())?.digest();
        let message = signed_bytes(header.status, &digest);
        envelope.signature = FixedBytes(from.key.sign(&message));
        Ok(Parsed::from_envelope(envelope)?)
    }

    fn agency(&self, agency: &Agency) -> &TestAgency {
        let all = [&self.police, &self.border].into_iter().chain(&self.others);
        let mut found = all.filter(|a| a.agency == *agency);
        found.next().unwrap_or(&self.border)
    }
}

impl TestAgency {
    fn new(
        (name, unit, address): (&str, &str, &str),
        desks: &[&str],
        now: UnixMillis,
        rng: &mut SeededRng,
    ) -> Result<Self, WorldError> {
        let agency: Agency = name.parse().map_err(|_| WorldError)?;
        let unit: Unit = format!("{unit}.{name}").parse().map_err(|_| WorldError)?;
        let [root_key, roster_key, accord_key, relay_statement] =
            [(); 4].map(|()| SigningKey::generate(rng));
        let relay_hop = Secret::generate(rng);
        let mut devices = Vec::new();
        let mut bundles = Vec::new();
        for desk in desks {
            let desk = match desk.contains('@') {
                true => format!("{desk}.{name}"),
                false => format!("{desk}@{unit}"),
            };
            let desk = desk.parse().map_err(|_| WorldError)?;
            let (device, bundle) = TestDevice::new(desk, now, rng)?;
            devices.push(device);
            bundles.push(bundle);
        }
        let charter = charter(&agency, [&root_key, &roster_key, &accord_key], now);
        let charter = Signed::sign(charter, &[&root_key]).map_err(|_| WorldError)?;
        let relay = RosterRelay {
            name: Text::new("relay-1").map_err(|_| WorldError)?,
            hop_key: HopKey::from_bytes(&relay_hop.hop_public()).map_err(|_| WorldError)?,
            statement_key: relay_statement.verifying_key(),
            addresses: vec![Text::new(address).map_err(|_| WorldError)?],
        };
        let roster = roster(&agency, &unit, charter.hash(), relay, &devices, now);
        let signed = Signed::sign(roster.clone(), &[&roster_key]).map_err(|_| WorldError)?;
        let house = house(&agency, &unit, &devices, &Rules::default(), now)?;
        let house = signed_object(house, &roster_key)?;
        let root = charter.hash();
        let mut published = vec![encoded(&charter)?, encoded(&signed)?];
        published.extend(bundles);
        Ok(Self {
            agency,
            root_key,
            roster_key,
            accord_key,
            relay_hop,
            relay_statement,
            devices,
            root,
            roster,
            published,
            house,
        })
    }

    /// Changes its roster before anybody has seen it.
    ///
    /// # Errors
    /// When the change breaks a limit.
    pub fn amend(&mut self, change: impl Fn(&mut Roster)) -> Result<(), WorldError> {
        change(&mut self.roster);
        let signed = Signed::sign(self.roster.clone(), &[&self.roster_key]);
        let bytes = encoded(&signed.map_err(|_| WorldError)?)?;
        let held = self.published.get_mut(1).ok_or(WorldError)?;
        *held = bytes;
        Ok(())
    }

    /// Puts rules into its house before anybody has seen it.
    ///
    /// # Errors
    /// When they break a limit.
    pub fn rule(&mut self, rules: &Rules) -> Result<(), WorldError> {
        let gateway = self.roster.gateways.first().ok_or(WorldError)?;
        let issued = self.roster.issued;
        let house = house(&self.agency, gateway, &self.devices, rules, issued)?;
        self.house = signed_object(house, &self.roster_key)?;
        Ok(())
    }

    fn roster_hash(&self) -> Hash {
        let signed = Signed::sign(self.roster.clone(), &[&self.roster_key]);
        signed.map_or(FixedBytes([0; 32]), |signed| signed.hash())
    }
}

impl TestDevice {
    fn new(
        desk: Desk,
        now: UnixMillis,
        rng: &mut SeededRng,
    ) -> Result<(Self, Vec<u8>), WorldError> {
        let key = SigningKey::generate(rng);
        let hop = Secret::generate(rng);
        let id = key.verifying_key().id();
        let (bundle, secrets) =
            PrekeyBundle::schedule(desk.clone(), id, now, &[], rng).map_err(|_| WorldError)?;
        let bundle = signed_object(bundle, &key)?;
        Ok((
            Self {
                desk,
                key,
                hop,
                secrets,
            },
            bundle,
        ))
    }
}

fn charter(agency: &Agency, [root, roster, accord]: [&SigningKey; 3], now: UnixMillis) -> Charter {
    Charter {
        agency: agency.clone(),
        number: 0,
        previous: None,
        issued: now,
        threshold: 1,
        root_keys: vec![root.verifying_key()],
        roster_keys: vec![roster.verifying_key()],
        accord_keys: vec![accord.verifying_key()],
        log_keys: vec![],
        extensions: Extensions::default(),
    }
}

fn roster(
    agency: &Agency,
    unit: &Unit,
    charter: Hash,
    relay: RosterRelay,
    devices: &[TestDevice],
    now: UnixMillis,
) -> Roster {
    let mut desks: BTreeMap<Desk, Vec<Device>> = BTreeMap::new();
    for device in devices {
        if let Ok(hop_key) = HopKey::from_bytes(&device.hop.hop_public()) {
            let entry = Device {
                key: device.key.verifying_key(),
                hop_key,
                enrolled: now,
            };
            desks.entry(device.desk.clone()).or_default().push(entry);
        }
    }
    let authorities = FORMATS.map(|format| Authority {
        format,
        precedence: Precedence::Flash,
    });
    let authorities: Vec<_> = authorities.collect();
    let entries = desks.into_iter().map(|(desk, mut devices)| {
        devices.sort_by_key(|device| device.key);
        DeskEntry {
            desk,
            authorities: authorities.clone(),
            superior: None,
            deputies: vec![],
            devices,
        }
    });
    Roster {
        agency: agency.clone(),
        number: 1,
        previous: None,
        charter,
        issued: now,
        not_after: now.plus(90 * DAY_MS),
        grace: 7 * DAY_MS,
        gateways: vec![unit.clone()],
        relays: vec![relay],
        desks: entries.collect(),
        revoked: vec![],
        exercises: vec![],
        extensions: Extensions::default(),
    }
}

fn accord(
    name: &str,
    agencies: &[&TestAgency],
    now: UnixMillis,
    rules: &Rules,
) -> Result<Signed<Accord>, WorldError> {
    let mut parties: Vec<Party> = agencies
        .iter()
        .map(|a| Party {
            agency: a.agency.clone(),
            root: a.root,
        })
        .collect();
    parties.sort_by(|a, b| a.agency.cmp(&b.agency));
    let keys: Vec<&SigningKey> = agencies.iter().map(|a| &a.accord_key).collect();
    let formats = Catalogue::built_in().formats().iter();
    let formats = formats.filter(|f| FORMATS.contains(&f.format));
    let accord = Accord {
        name: Text::new(name).map_err(|_| WorldError)?,
        number: 1,
        previous: None,
        parties,
        formats: formats
            .map(|f| AcceptedFormat {
                format: f.format,
                version: f.version,
                definition: f.definition,
            })
            .collect(),
        ceiling: vec![Marking { axis: 1, code: 2 }, Marking { axis: 4, code: 1 }],
        not_before: now,
        not_after: now.plus(365 * DAY_MS),
        grace: 30 * DAY_MS,
        lifetime: 30 * DAY_MS,
        rules: rules.to_bytes().map_err(|_| WorldError)?,
        extensions: Extensions::default(),
    };
    Signed::sign(accord, &keys).map_err(|_| WorldError)
}

fn signed_object<T: Object>(value: T, key: &SigningKey) -> Result<Vec<u8>, WorldError> {
    encoded(&Signed::sign(value, &[key]).map_err(|_| WorldError)?)
}

fn encoded<T: Object>(signed: &Signed<T>) -> Result<Vec<u8>, WorldError> {
    signed.encode().map_err(|_| WorldError)
}
