//! How soon messages were delivered, as a picture: one line for each load.

use std::path::Path;

use plotters::prelude::{
    BLACK, ChartBuilder, Color, IntoDrawingArea, IntoLogRange, LineSeries, Palette, Palette99, SVGBackend,
    WHITE,
};

use crate::load::{Load, Outcome, SHARES};

const SIZE: (u32, u32) = (860, 480);

/// Draws the median of the rounds of every load into this file.
pub(crate) fn draw(file: &Path, title: &str, loads: &[(Load, Vec<Outcome>)]) {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE).expect("a picture");
    let largest = loads.iter().flat_map(|(_, outcomes)| outcomes).flat_map(|outcome| &outcome.curve_ms);
    let largest = largest.copied().fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 15))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..100.0, (0.1..largest * 1.5).log_scale())
        .expect("a chart");
    chart
        .configure_mesh()
        .x_desc("share of the messages, %")
        .y_desc("delivered within, ms")
        .draw()
        .expect("axes");
    for (number, (load, outcomes)) in loads.iter().enumerate() {
        let color = Palette99::pick(number).to_rgba();
        let points = SHARES.iter().enumerate().map(|(place, share)| {
            let mut values: Vec<f64> = outcomes.iter().map(|outcome| outcome.curve_ms[place]).collect();
            values.sort_by(f64::total_cmp);
            (share * 100.0, values[values.len() / 2].max(0.1))
        });
        let line = LineSeries::new(points, color.stroke_width(2));
        chart.draw_series(line).expect("a line").label(format!("{load:?}")).legend(move |(x, y)| {
            plotters::prelude::PathElement::new(vec![(x, y), (x + 18, y)], color.stroke_width(2))
        });
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw().expect("a legend");
    area.present().expect("the file");
}
