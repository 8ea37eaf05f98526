//! How what is read at the time of asking is put down.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};

/// The label of one reading, its value, and what was read.
pub type Sample<'a, const N: usize, M> = ([(&'static str, &'a str); N], M);

/// Writes the one reading of a name.
pub fn single(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(out.encode_descriptor(name, help, None, metric.metric_type())?)
}

/// Writes every reading of a name, which labels tell apart; nothing where there is none.
pub fn family<'a, const N: usize, M: EncodeMetric>(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = Sample<'a, N, M>>,
) -> fmt::Result {
    let mut samples = samples.into_iter().peekable();
    let Some((_, first)) = samples.peek() else {
        return Ok(());
    };
    let mut encoder = out.encode_descriptor(name, help, None, first.metric_type())?;
    samples.try_for_each(|(labels, metric)| metric.encode(encoder.encode_family(&labels)?))
}
