//! How keys, hashes and times stand in readable files.

/// 32 bytes of a hash, as hexadecimal digits.
pub(super) mod hash {
    use estafette_protocol::crypto::Hash;
    use estafette_protocol::encoding::FixedBytes;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(hash: &Hash, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(hash.as_slice()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        super::digits(from).map(FixedBytes)
    }
}

/// The identifier of a key, as hexadecimal digits.
pub(super) mod key_id {
    use estafette_protocol::crypto::KeyId;
    use estafette_protocol::encoding::FixedBytes;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(key: &KeyId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(key.as_slice()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<KeyId, D::Error> {
        super::digits(from).map(FixedBytes)
    }
}

/// The id of an exercise, as hexadecimal digits.
pub(super) mod exercise_id {
    use estafette_protocol::encoding::FixedBytes;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(id: &FixedBytes<16>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(id.as_slice()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<FixedBytes<16>, D::Error> {
        super::digits(from).map(FixedBytes)
    }
}

/// A signing key's public half, as hexadecimal digits.
pub(super) mod verifying {
    use estafette_protocol::crypto::VerifyingKey;
    use serde::{Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(key: &VerifyingKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(key.to_bytes()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<VerifyingKey, D::Error> {
        VerifyingKey::from_bytes(&super::digits(from)?).map_err(D::Error::custom)
    }
}

/// A hop key's public half, as hexadecimal digits.
pub(super) mod hop {
    use estafette_protocol::crypto::HopKey;
    use serde::{Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(key: &HopKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(key.as_bytes()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<HopKey, D::Error> {
        HopKey::from_bytes(&super::digits(from)?).map_err(D::Error::custom)
    }
}

/// A time, as RFC 3339 in UTC.
pub(super) mod time {
    use estafette_protocol::time::UnixMillis;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(time: &UnixMillis, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::output::time_text(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<UnixMillis, D::Error> {
        let text = String::deserialize(from)?;
        let time: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
        let time = u64::try_from(time.as_millisecond()).map_err(D::Error::custom)?;
        Ok(UnixMillis(time))
    }
}

fn digits<'de, D: serde::Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
    let text = <String as serde::Deserialize>::deserialize(from)?;
    let mut bytes = [0; N];
    hex::decode_to_slice(&text, &mut bytes).map_err(serde::de::Error::custom)?;
    Ok(bytes)
}
