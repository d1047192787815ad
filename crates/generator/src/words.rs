//! Names and phrases for generated histories.

pub(crate) const FIRST_NAMES: [&str; 50] = [
    "Ada", "Amara", "Anton", "Aylin", "Bea", "Boris", "Carla", "Chen", "Dana", "Dmitri", "Elif", "Emil", "Esther",
    "Farid", "Fatou", "Femi", "Gita", "Greta", "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jonas", "Kaito", "Karim",
    "Lea", "Luca", "Maja", "Mateo", "Mira", "Nadia", "Noor", "Olga", "Omar", "Paula", "Pavel", "Priya", "Rasmus",
    "Rosa", "Sami", "Sofia", "Tariq", "Tessa", "Uma", "Viktor", "Wanda", "Yara", "Yusuf", "Zoe",
];

pub(crate) const LAST_NAMES: [&str; 60] = [
    "Abara", "Adler", "Almeida", "Baptiste", "Bauer", "Becker", "Bianchi", "Borg", "Castro", "Cohen", "Costa", "Demir",
    "Diallo", "Dubois", "Eriksen", "Farouk", "Fischer", "Fuentes", "Garcia", "Gruber", "Haddad", "Hansen", "Hoffmann",
    "Ibrahim", "Ivanova", "Jansen", "Kaya", "Keller", "Kim", "Kowalski", "Kumar", "Laurent", "Lindgren", "Lopez",
    "Mbeki", "Meyer", "Moreau", "Nakamura", "Novak", "Nyberg", "Okafor", "Olsen", "Park", "Petrov", "Popescu",
    "Quispe", "Rahman", "Reyes", "Rossi", "Sato", "Schmidt", "Silva", "Singh", "Sorensen", "Tanaka", "Toure", "Varga",
    "Weber", "Yilmaz", "Zhang",
];

pub(crate) const AREAS: [&str; 12] = [
    "Product",
    "Platform",
    "Growth",
    "Sales",
    "Customer success",
    "Operations",
    "Finance",
    "People",
    "Data",
    "Security",
    "Marketing",
    "Logistics",
];

pub(crate) const CHARGES: [&str; 24] = [
    "Onboarding",
    "Billing",
    "Search",
    "Checkout",
    "Mobile",
    "Reporting",
    "Payments",
    "Integrations",
    "Partnerships",
    "Support",
    "Renewals",
    "Pricing",
    "Hiring",
    "Reliability",
    "Insights",
    "Identity",
    "Messaging",
    "Fulfilment",
    "Returns",
    "Compliance",
    "Community",
    "Content",
    "Enablement",
    "Procurement",
];

pub(crate) const BIRDS: [&str; 20] = [
    "Avocet", "Bittern", "Crane", "Dipper", "Egret", "Falcon", "Gannet", "Heron", "Ibis", "Jackdaw", "Kestrel",
    "Lapwing", "Merlin", "Nuthatch", "Osprey", "Plover", "Quail", "Redstart", "Siskin", "Tern",
];

pub(crate) const SEGMENTS: [&str; 24] = [
    "small teams",
    "new customers",
    "our largest accounts",
    "the Nordics",
    "agencies",
    "self-serve users",
    "enterprise trials",
    "returning customers",
    "southern Europe",
    "mobile users",
    "partners",
    "the public sector",
    "first-time buyers",
    "students",
    "retail",
    "remote teams",
    "healthcare",
    "the free plan",
    "annual contracts",
    "resellers",
    "field staff",
    "the support desk",
    "new hires",
    "suppliers",
];

/// Beginnings of objectives; like all objectives, without numbers.
pub(crate) const AIMS: [&str; 20] = [
    "Make it effortless to start for",
    "Become the first choice of",
    "Win back the trust of",
    "Take the waiting out for",
    "Be there before it hurts for",
    "Grow together with",
    "Give a clear view of where they stand to",
    "Make every release a quiet one for",
    "Turn feedback into progress for",
    "Make the first week count for",
    "Let good work be found by",
    "Keep our promises to",
    "Make prices easy to understand for",
    "Bring calm into the day of",
    "Earn the recommendation of",
    "Learn faster from",
    "Open the door for",
    "Make quality visible to",
    "Simplify how we work with",
    "Be the reliable part in the day of",
];

pub(crate) const THEMES: [(&str, &str); 10] = [
    ("Win the first week", "how many new customers come back after seven days"),
    ("Grow with those who stay", "what each customer spends, and how many leave"),
    ("Find customers ourselves", "customers won for each euro spent"),
    ("Be boringly reliable", "hours lost to incidents"),
    ("One product, not five", "customers who use more than one part"),
    ("Sell through partners", "business that a partner brings"),
    ("Shorten every queue", "days between asking and having"),
    ("Know before they call", "problems found by us first"),
    ("A place to stay", "people who would come here again"),
    ("Spend where it shows", "margin of what we sell"),
];

pub(crate) const MILESTONES: [&str; 12] = [
    "Interviews with ten customers evaluated",
    "Contract signed",
    "Pilot with two customers running",
    "Audit passed",
    "All regions moved over",
    "Old system switched off",
    "Team trained",
    "Certificate received",
    "First invoice paid",
    "Data moved and compared",
    "On call without the vendor",
    "Second pilot renewed",
];

pub(crate) const STAGES: [&str; 8] = [
    "Earn the security certificate",
    "Move off the old data centre",
    "Hand support over to the regions",
    "Bring the partner programme to life",
    "Put planning on one calendar",
    "Have the new price list in use everywhere",
    "Get every contract into one place",
    "Launch the supplier portal",
];
