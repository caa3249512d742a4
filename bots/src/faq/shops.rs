//! The bakery's shops, and how far they are.

use chinwag::message::Location;

/// Kilometres from the middle of the earth to its surface.
const EARTH: f64 = 6371.0;

/// One shop.
#[derive(Debug, PartialEq)]
pub(super) struct Shop {
    pub(super) name: &'static str,
    pub(super) street: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

pub(super) const SHOPS: [Shop; 3] = [
    Shop { name: "Market Hall", street: "Marktgasse 3", latitude: 52.4975, longitude: 13.4180 },
    Shop { name: "Station", street: "Bahnhofstraße 12", latitude: 52.5225, longitude: 13.3900 },
    Shop { name: "Palace Park", street: "Parkallee 40", latitude: 52.5180, longitude: 13.2950 },
];

/// The nearest shop, and its distance in kilometres.
pub(super) fn nearest(place: &Location) -> (&'static Shop, f64) {
    let far = SHOPS.iter().map(|shop| (shop, kilometres(place, shop)));
    far.min_by(|(_, one), (_, other)| one.total_cmp(other)).expect("there are three shops")
}

/// Along the surface, by the haversine formula.
fn kilometres(place: &Location, shop: &Shop) -> f64 {
    let [here, there] = [place.latitude, shop.latitude].map(f64::to_radians);
    let around = (shop.longitude - place.longitude).to_radians();
    let half = ((there - here) / 2.0).sin().powi(2)
        + here.cos() * there.cos() * (around / 2.0).sin().powi(2);
    2.0 * EARTH * half.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_shop_is_near() {
        for (latitude, longitude, name, expected) in [
            (52.51, 13.39, "Station", 1.4),
            (52.4975, 13.4180, "Market Hall", 0.0),
            (52.52, 13.28, "Palace Park", 1.0),
            (48.8566, 2.3522, "Palace Park", 871.0),
            (-90.0, 0.0, "Market Hall", 15_845.0),
            (-52.5, -166.6, "Palace Park", 20_008.0),
        ] {
            let place = Location { latitude, longitude, ..Location::default() };
            let (shop, distance) = nearest(&place);
            assert_eq!(shop.name, name, "{latitude}, {longitude}");
            assert!((distance - expected).abs() < expected * 0.01 + 0.1, "{name}: {distance} km");
        }
    }
}
