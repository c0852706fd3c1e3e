/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The write made its change.
    Done,
    /// There was nothing to change.
    Unchanged,
    /// There was nothing to change, perhaps because an attempt whose response was lost made the change.
    Unknown,
}

/// The result of a write that says whether the write made its change.
pub trait Write {
    /// What the write did.
    fn written(&self) -> Written;
}

impl Write for Written {
    fn written(&self) -> Written {
        *self
    }
}

impl Write for () {
    fn written(&self) -> Written {
        Written::Done
    }
}

impl Write for bool {
    fn written(&self) -> Written {
        if *self { Written::Done } else { Written::Unchanged }
    }
}

impl<T> Write for Option<T> {
    fn written(&self) -> Written {
        self.is_some().written()
    }
}

/// The new state of an item that a write may have changed.
#[derive(Clone, Debug)]
pub struct Edited<T> {
    /// The item after the write.
    pub value: T,
    /// What the write did.
    pub written: Written,
}

impl<T> Edited<T> {
    /// The write changed the item.
    pub fn done(value: T) -> Self {
        Self { value, written: Written::Done }
    }

    /// The item was in this state already.
    pub fn unchanged(value: T) -> Self {
        Self { value, written: Written::Unchanged }
    }
}

impl<T> Write for Edited<T> {
    fn written(&self) -> Written {
        self.written
    }
}
