//! WhatsApp's formatting as values.
