use super::*;
use crate::crypto::Secret;
use crate::encoding::FixedBytes;
use crate::precedence::Status;
use crate::testing::SeededRng;

fn statement(key: &SigningKey, claim: Claim) -> Statement {
    Statement {
        subject: FixedBytes([3; 32]),
        at: UnixMillis(1_767_322_445_006),
        signer: Signer {
            agency: "border.xb".parse().unwrap(),
            desk: Some("duty@ops.border.xb".parse().unwrap()),
            key: key.verifying_key().id(),
        },
        claim,
        extensions: Extensions::default(),
    }
}

#[test]
fn statement_round_trips_and_names_its_key() {
    let mut rng = SeededRng::new("statement");
    let key = SigningKey::generate(&mut rng);
    let other = SigningKey::generate(&mut rng);
    let signed = sign(statement(&key, Claim::Delivered), &key).unwrap();
    let again = decode(&signed.encode().unwrap()).unwrap();
    assert_eq!(again, signed);
    assert!(again.verify(&key.verifying_key()));
    assert!(!again.verify(&other.verifying_key()));
    assert!(sign(statement(&key, Claim::Delivered), &other).is_err());
    let mut twice = signed;
    twice.countersign(&other);
    assert!(decode(&twice.encode().unwrap()).is_err());
}

#[test]
fn remark_opens_only_for_its_message_signer_and_claim() {
    let mut rng = SeededRng::new("remark");
    let content_key = Secret::generate(&mut rng);
    let (subject, signer) = (FixedBytes([1; 32]), FixedBytes([2; 16]));
    let remark = Remark {
        officer: "Insp. Ahl".into(),
        text: "unit on its way".into(),
    };
    let message = (Status::Actual, &subject, &content_key);
    let sealed = seal_remark(&remark, message, (&signer, 4), &mut rng).unwrap();
    assert_eq!(open_remark(&sealed, message, (&signer, 4)), Ok(remark));
    let other = FixedBytes([9; 32]);
    let exercise = (Status::Exercise, &subject, &content_key);
    for (message, signer) in [
        (exercise, (&signer, 4)),
        ((Status::Actual, &other, &content_key), (&signer, 4)),
        (message, (&FixedBytes([8; 16]), 4)),
        (message, (&signer, 5)),
    ] {
        assert_eq!(
            open_remark(&sealed, message, signer),
            Err(RemarkError::Open)
        );
    }
    let two_lines = Remark {
        officer: String::new(),
        text: "a\nb".into(),
    };
    assert!(seal_remark(&two_lines, message, (&signer, 4), &mut rng).is_err());
}
