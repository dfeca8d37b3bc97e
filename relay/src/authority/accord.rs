//! The accord on its way from hand to hand: drafted, signed by each party, then put in force.
//!
//! One readable file holds the accord, the signatures so far, and the bundle of every party, so
//! that whoever puts it in force needs nothing else. Decides the file's shape and what must be
//! there at each step; what an accord may say is the protocol's. Spec: accord.md.

use std::path::Path;

use estafette_protocol::accord::{AcceptedFormat, Accord, Party};
use estafette_protocol::address::Agency;
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::{Hash, SigningKey};
use estafette_protocol::directory::Directory;
use estafette_protocol::encoding::{
    EncodingError, FixedBytes, Object, Signature, Signed, SignedObject, Text, decode, encode,
};
use estafette_protocol::marking::Marking;
use estafette_protocol::roster::Roster;
use estafette_protocol::rules::{Fault, Rules, check_accord};
use estafette_protocol::time::{DAY_MS, MINUTE_MS, UnixMillis};
use serde::{Deserialize, Serialize};

use super::{AuthorityError, Bundle, read_file, text};

const VERSION: u32 = 1;
const KIND: &str = "estafette-accord";

/// An accord in force begins a little in the past, so that no party's clock is too early for it.
const BEGINS_BEFORE_MS: u64 = 5 * MINUTE_MS;

/// What a new accord says.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Its name.
    pub name: String,
    /// The formats accepted, each pinned to its definition.
    pub formats: Vec<AcceptedFormat>,
    /// The strictest marking on each axis.
    pub ceiling: Vec<Marking>,
    /// For how many days it is current.
    pub days: u64,
    /// For how many days after that it may still be used.
    pub grace_days: u64,
    /// The longest life of a message, in days.
    pub lifetime_days: u64,
    /// Who may tell whom what; its framework is taken from the field below.
    pub rules: Rules,
    /// The accord that this annex tightens.
    pub framework: Option<Signed<Accord>>,
}

/// An accord with the signatures so far and the bundles of its parties.
#[derive(Debug, Clone)]
pub struct AccordFile {
    accord: Accord,
    object: Vec<u8>,
    signatures: Vec<Signature>,
    bundles: Vec<Bundle>,
    /// The accord that it tightens, so that whoever signs can judge by it.
    framework: Option<Signed<Accord>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    v: u32,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    object: String,
    signatures: Vec<SignatureText>,
    bundles: Vec<Bundle>,
    /// Hexadecimal digits of a signed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    framework: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureText {
    #[serde(with = "text::key_id")]
    key: estafette_protocol::crypto::KeyId,
    signature: String,
}

impl AccordFile {
    /// Drafts an accord between the agencies of these bundles.
    ///
    /// # Errors
    /// When the terms break a rule of accords, [`AuthorityError::RulesInvalid`] when the table does.
    pub fn draft(
        terms: Terms,
        mut bundles: Vec<Bundle>,
        now: UnixMillis,
    ) -> Result<Self, AuthorityError> {
        bundles.sort_by(|a, b| a.agency().cmp(b.agency()));
        let parties = bundles.iter().map(|bundle| Party {
            agency: bundle.agency().clone(),
            root: bundle.root(),
        });
        let (mut formats, mut ceiling) = (terms.formats, terms.ceiling);
        formats.sort_by_key(|format| (format.format, format.version));
        ceiling.sort();
        let mut rules = terms.rules;
        rules.framework = terms.framework.as_ref().map(Signed::hash);
        let accord = Accord {
            name: Text::new(terms.name)?,
            number: 1,
            previous: None,
            parties: parties.collect(),
            formats,
            ceiling,
            not_before: now.minus(BEGINS_BEFORE_MS),
            not_after: now.plus(terms.days.saturating_mul(DAY_MS)),
            grace: terms.grace_days.saturating_mul(DAY_MS),
            lifetime: terms.lifetime_days.saturating_mul(DAY_MS),
            rules: rules.to_bytes()?,
            extensions: Default::default(),
        };
        let file = Self {
            object: encode(&accord)?,
            accord,
            signatures: Vec::new(),
            bundles,
            framework: terms.framework,
        };
        file.check_rules()?;
        Ok(file)
    }

    /// The same draft as the next number of an accord that was signed before.
    ///
    /// # Errors
    /// [`AuthorityError::NotSigned`] when the one before was never signed, or another name's.
    pub fn replacing(mut self, before: &Self) -> Result<Self, AuthorityError> {
        let signed = before
            .signed()?
            .filter(|b| b.value().name == self.accord.name);
        let signed = signed.ok_or_else(|| {
            let party = before.accord.parties.first();
            let own = self.bundles.first().map(|bundle| bundle.agency());
            let agency = party.map(|party| &party.agency).or(own).cloned();
            agency.map_or_else(
                || AuthorityError::Encoding(EncodingError::Malformed),
                |agency| before.not_signed(&agency),
            )
        })?;
        let next = Accord::next(&signed);
        (self.accord.number, self.accord.previous) = (next.number, next.previous);
        self.object = encode(&self.accord)?;
        Ok(self)
    }

    /// Reads an accord on its way.
    ///
    /// # Errors
    /// When the file is none.
    pub fn load(path: &Path) -> Result<Self, AuthorityError> {
        let bytes = read_file(path)?;
        let malformed = || AuthorityError::Malformed {
            path: path.to_owned(),
            expected: "an accord that `accord new` wrote",
        };
        let text: FileText = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        if text.v != VERSION || text.kind != KIND {
            return Err(malformed());
        }
        let object = hex::decode(&text.object).map_err(|_| malformed())?;
        let signatures = text.signatures.iter().map(|signature| {
            let mut bytes = [0; 64];
            hex::decode_to_slice(&signature.signature, &mut bytes).map_err(|_| malformed())?;
            Ok(Signature {
                key: signature.key,
                signature: FixedBytes(bytes),
            })
        });
        let signatures: Result<Vec<_>, AuthorityError> = signatures.collect();
        let framework = text.framework.map(|text| {
            let bytes = hex::decode(text).map_err(|_| malformed())?;
            Signed::decode(&bytes).map_err(|_| malformed())
        });
        Ok(Self {
            accord: decode(&object)?,
            object,
            signatures: signatures?,
            bundles: text.bundles,
            framework: framework.transpose()?,
        })
    }

    /// The accord as a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let signatures = self.signatures.iter().map(|signature| SignatureText {
            key: signature.key,
            signature: hex::encode(signature.signature.as_slice()),
        });
        let text = FileText {
            v: VERSION,
            kind: KIND.to_owned(),
            name: self.accord.name.as_str().to_owned(),
            object: hex::encode(&self.object),
            signatures: signatures.collect(),
            bundles: self.bundles.clone(),
            framework: self
                .framework
                .as_ref()
                .and_then(|framework| Some(hex::encode(framework.encode().ok()?))),
        };
        let mut text = serde_json::to_string_pretty(&text).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What the accord says.
    #[must_use]
    pub const fn accord(&self) -> &Accord {
        &self.accord
    }

    /// Its rule table.
    ///
    /// # Errors
    /// When the accord's rules are no table.
    pub fn rules(&self) -> Result<Rules, AuthorityError> {
        Ok(self.accord.rules()?)
    }

    /// Everything that is wrong with its rule table.
    ///
    /// # Errors
    /// When the rules are no table, or [`AuthorityError::FrameworkMissing`].
    pub fn faults(&self) -> Result<Vec<Fault>, AuthorityError> {
        let rules = self.rules()?;
        let missing = || AuthorityError::FrameworkMissing {
            name: self.accord.name.as_str().to_owned(),
        };
        let Some(hash) = rules.framework else {
            return Ok(check_accord(&rules, &self.accord, None));
        };
        let framework = self.framework.as_ref().filter(|held| held.hash() == hash);
        let framework = framework.ok_or_else(missing)?.value();
        let base = framework.rules()?;
        Ok(check_accord(&rules, &self.accord, Some((framework, &base))))
    }

    // RTE-47
    pub(super) fn check_rules(&self) -> Result<(), AuthorityError> {
        let faults = self.faults()?;
        match faults.is_empty() {
            true => Ok(()),
            false => Err(AuthorityError::RulesInvalid {
                name: self.accord.name.as_str().to_owned(),
                faults,
            }),
        }
    }

    /// The accord with the signatures of every party, as an annex needs it of its framework.
    ///
    /// # Errors
    /// [`AuthorityError::NotSigned`] when a party has not signed it.
    pub fn signed_by_all(&self, now: UnixMillis) -> Result<Signed<Accord>, AuthorityError> {
        for party in &self.accord.parties {
            if !self.is_signed_by(&party.agency, now)? {
                return Err(self.not_signed(&party.agency));
            }
        }
        let first = self.accord.parties.first();
        let missing = |party: &Party| self.not_signed(&party.agency);
        match (self.signed()?, first) {
            (Some(signed), _) => Ok(signed),
            (None, Some(party)) => Err(missing(party)),
            (None, None) => Err(EncodingError::Malformed.into()),
        }
    }

    /// Takes the bundle of a party in place of the one held.
    pub fn put_bundle(&mut self, bundle: Bundle) {
        self.bundles.retain(|held| held.agency() != bundle.agency());
        self.bundles.push(bundle);
        self.bundles.sort_by(|a, b| a.agency().cmp(b.agency()));
    }

    /// Adds a signature.
    ///
    /// # Errors
    /// When there are too many.
    pub fn sign(&mut self, key: &SigningKey) -> Result<(), AuthorityError> {
        let signed = match self.signed()? {
            Some(mut signed) => {
                signed.countersign(key);
                signed
            }
            None => Signed::sign(self.accord.clone(), &[key])?,
        };
        self.signatures = signed.signatures().to_vec();
        Ok(())
    }

    /// The bundle of a party, if its root is the one that the accord names.
    ///
    /// # Errors
    /// [`AuthorityError::RootDiffers`], or [`AuthorityError::NotAParty`] without a bundle.
    pub fn bundle(&self, agency: &Agency) -> Result<&Bundle, AuthorityError> {
        let missing = || AuthorityError::NotAParty {
            agency: agency.clone(),
            name: self.accord.name.as_str().to_owned(),
        };
        let party = self.accord.party(agency).ok_or_else(missing)?;
        let bundle = self.bundles.iter().find(|bundle| bundle.agency() == agency);
        let bundle = bundle.ok_or_else(missing)?;
        if bundle.root() == party.root {
            Ok(bundle)
        } else {
            Err(AuthorityError::RootDiffers {
                agency: agency.clone(),
            })
        }
    }

    /// Whether a party's newest accord key has signed.
    ///
    /// # Errors
    /// As [`AccordFile::bundle`], or when its bundle is not good.
    // ACC-1, ACC-2
    pub fn is_signed_by(&self, agency: &Agency, now: UnixMillis) -> Result<bool, AuthorityError> {
        let directory = self.bundle(agency)?.directory(now)?;
        let charter = directory.charter(agency);
        let signed = self.signed()?;
        Ok(match (charter, signed) {
            (Some(charter), Some(signed)) => charter.value().is_signed_by_accord_key(&signed),
            _ => false,
        })
    }

    /// What a relay of `own` needs to hold the accord in force, in order: the accord, then the
    /// charters and roster of every other party.
    ///
    /// # Errors
    /// When a party has not signed, or `root` is not the one that the accord names for `own`.
    pub fn objects_for(
        &self,
        own: &Agency,
        root: Hash,
        now: UnixMillis,
    ) -> Result<Vec<Vec<u8>>, AuthorityError> {
        let mine = self.bundle(own)?;
        if mine.root() != root {
            return Err(AuthorityError::RootDiffers {
                agency: own.clone(),
            });
        }
        let signed = self.signed_by_all(now)?;
        let mut objects = vec![signed.encode()?];
        for party in self.accord.parties.iter().filter(|p| p.agency != *own) {
            let bundle = self.bundle(&party.agency)?;
            objects.extend(bundle.objects_of(Charter::KIND)?);
            objects.extend(bundle.objects_of(Roster::KIND)?);
        }
        // The relay's own judgement, made here first so that nothing is half published.
        let mut directory = Directory::new(own.clone(), root);
        let framework = self.framework.as_ref().map(Signed::encode).transpose()?;
        let charters = mine.objects_of(Charter::KIND)?;
        for object in charters.iter().chain(&framework).chain(&objects) {
            directory.apply(object, now)?;
        }
        Ok(objects)
    }

    fn signed(&self) -> Result<Option<Signed<Accord>>, AuthorityError> {
        if self.signatures.is_empty() {
            return Ok(None);
        }
        let bytes = encode(&SignedObject {
            object: self.object.clone().into(),
            signatures: self.signatures.clone(),
        })?;
        Ok(Some(Signed::decode(&bytes)?))
    }

    fn not_signed(&self, agency: &Agency) -> AuthorityError {
        AuthorityError::NotSigned {
            agency: agency.clone(),
            name: self.accord.name.as_str().to_owned(),
        }
    }
}
