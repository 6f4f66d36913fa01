//! The kinds of what the matchers find.

/// A kind of secret or of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// User name and password in front of the host of an address.
    UserInfo,
    /// The value of a key that names a secret: in an address, in `key=value`, in JSON; and
    /// what follows `Bearer` or `Basic`.
    Credential,
    /// A key or token that its own shape betrays: JWT, AWS, GitHub, Stripe and others.
    Token,
    /// A private key in PEM.
    PrivateKey,
    /// An e-mail address.
    Email,
    /// The number of a payment card.
    Card,
    /// An international bank account number.
    Iban,
    /// A social security number of the United States.
    Ssn,
    /// A telephone number.
    Phone,
    /// A public IP address.
    Ip,
    /// An IP address that says nothing of a person: private, loopback, link-local, or the
    /// host of a URL.
    HostIp,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Kind::UserInfo,
        Kind::Credential,
        Kind::Token,
        Kind::PrivateKey,
        Kind::Email,
        Kind::Card,
        Kind::Iban,
        Kind::Ssn,
        Kind::Phone,
        Kind::Ip,
        Kind::HostIp,
    ];

    /// The name in configurations and counts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::UserInfo => "user_info",
            Kind::Credential => "credential",
            Kind::Token => "token",
            Kind::PrivateKey => "private_key",
            Kind::Email => "email",
            Kind::Card => "card",
            Kind::Iban => "iban",
            Kind::Ssn => "ssn",
            Kind::Phone => "phone",
            Kind::Ip => "ip",
            Kind::HostIp => "host_ip",
        }
    }

    /// The text that takes the place of a match by default. No matcher finds it again.
    pub const fn replacement(self) -> &'static str {
        match self {
            Kind::UserInfo => "REDACTED:REDACTED",
            _ => "REDACTED",
        }
    }
}

/// A set of [`Kind`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// No kind.
    pub const NONE: Self = Self(0);
    /// Every kind.
    pub const ALL: Self = Self((1 << Kind::ALL.len()) - 1);
    /// Kinds of credentials.
    pub const SECRETS: Self = Self(
        Self::of(Kind::UserInfo).0
            | Self::of(Kind::Credential).0
            | Self::of(Kind::Token).0
            | Self::of(Kind::PrivateKey).0,
    );
    /// Kinds of personal data.
    pub const PERSONAL: Self = Self(Self::ALL.0 & !Self::SECRETS.0 & !Self::of(Kind::HostIp).0);

    /// One kind.
    pub const fn of(kind: Kind) -> Self {
        Self(1 << kind as u8)
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a kind is in the set.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & Self::of(kind).0 != 0
    }

    /// Whether the sets have a kind in common.
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set has no kind.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<T: IntoIterator<Item = Kind>>(kinds: T) -> Self {
        kinds
            .into_iter()
            .fold(Self::NONE, |set, kind| set.and(Self::of(kind)))
    }
}
