//! Randomness that a case gives (ENV-16).

use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// Gives out the bytes it was made of, in order; zeros after the last.
pub(super) struct GivenRng {
    bytes: Vec<u8>,
    drawn: usize,
}

impl GivenRng {
    pub(super) const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, drawn: 0 }
    }

    /// Whether every byte was drawn and none beyond the last.
    pub(super) const fn is_used_up_exactly(&self) -> bool {
        self.drawn == self.bytes.len()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| {
            let byte = self.bytes.get(self.drawn).copied().unwrap_or_default();
            self.drawn = self.drawn.saturating_add(1);
            byte
        })
    }
}

impl TryRng for GivenRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            [*byte] = self.array();
        }
        Ok(())
    }
}

impl TryCryptoRng for GivenRng {}
