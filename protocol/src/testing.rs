//! What tests, vectors and benchmarks share: randomness that is not random, and a small world.

use crate::crypto::sha256;
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

mod rules;
mod world;

pub use rules::{plain_row, rules};
pub use world::{TestAgency, TestDevice, World, WorldError};

/// Bytes from SHA-256 in counter mode: `SHA-256("estafette/1/testing" ‖ 00 ‖ seed ‖ u64 BE n)`.
///
/// # Security
/// Never for keys that protect anything.
#[derive(Debug, Clone)]
pub struct SeededRng {
    seed: Vec<u8>,
    counter: u64,
    pool: Vec<u8>,
}

impl SeededRng {
    /// Starts the stream of a seed.
    #[must_use]
    pub fn new(seed: &str) -> Self {
        Self {
            seed: seed.as_bytes().to_vec(),
            counter: 0,
            pool: Vec::new(),
        }
    }

    /// Takes the next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    fn byte(&mut self) -> u8 {
        if let Some(byte) = self.pool.pop() {
            return byte;
        }
        let parts: [&[u8]; 3] = [
            b"estafette/1/testing\0",
            &self.seed,
            &self.counter.to_be_bytes(),
        ];
        self.counter = self.counter.wrapping_add(1);
        let block = sha256(&parts).0;
        self.pool = block.iter().rev().copied().collect();
        self.pool.pop().unwrap_or_default()
    }
}

impl TryRng for SeededRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.array()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.array()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.byte();
        }
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}
