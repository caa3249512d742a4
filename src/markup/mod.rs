//! WhatsApp's formatting as values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rich(String);
impl std::fmt::Display for Rich {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
