//! Helpers that encode values which are read when the metrics are requested.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};

/// The labels and the value of one sample.
pub type Sample<'a, const N: usize, M> = ([(&'static str, &'a str); N], M);

/// Encodes a metric with a single sample.
pub fn single(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(out.encode_descriptor(name, help, None, metric.metric_type())?)
}

/// Encodes a metric with several samples, which differ in their labels. Without samples nothing is written.
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
