//! The XML that Twilio understands.
