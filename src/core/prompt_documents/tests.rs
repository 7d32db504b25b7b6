//! Properties of prompt documents' texts.
