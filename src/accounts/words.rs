//! The words that guests' names are made of: every pair is friendly, so there are no people, body parts or insults.

/// How somebody is.
#[rustfmt::skip]
pub(super) const FIRST: &[&str] = &[
    "Able", "Agile", "Airy", "Alert", "Amber", "Ample", "Apt", "Artful", "Autumn", "Azure", "Balmy", "Bold",
    "Brave", "Breezy", "Bright", "Brisk", "Bronze", "Bubbly", "Calm", "Candid", "Caring", "Cheerful",
    "Cheery", "Chipper", "Clear", "Clever", "Cloudy", "Coastal", "Cobalt", "Cool", "Copper", "Coral",
    "Cordial", "Cosmic", "Cozy", "Crimson", "Crisp", "Curious", "Dancing", "Dapper", "Daring", "Dashing",
    "Dawn", "Dazzling", "Deft", "Devoted", "Dreamy", "Eager", "Early", "Earnest", "Easy", "Electric",
    "Elegant", "Emerald", "Fabled", "Fair", "Faithful", "Fancy", "Fearless", "Festive", "Fleet", "Floral",
    "Flying", "Fond", "Fresh", "Friendly", "Frosty", "Gallant", "Gentle", "Giddy", "Gifted", "Glad",
    "Gleaming", "Glowing", "Golden", "Graceful", "Grand", "Green", "Happy", "Hardy", "Hearty", "Helpful",
    "Honest", "Humble", "Indigo", "Jaunty", "Jazzy", "Jolly", "Jovial", "Joyful", "Jubilant", "Keen",
    "Kind", "Lively", "Loyal", "Lucky", "Lunar", "Magic", "Marble", "Mellow", "Merry", "Mighty", "Misty",
    "Modest", "Musical", "Neat", "Nimble", "Noble", "Northern", "Olive", "Opal", "Patient", "Peaceful",
    "Peppy", "Perky", "Playful", "Pleasant", "Plucky", "Polar", "Polite", "Proud", "Quick", "Quiet",
    "Quirky", "Radiant", "Rapid", "Ready", "Regal", "Roaming", "Rosy", "Royal", "Ruby", "Rustic", "Sandy",
    "Sapphire", "Scarlet", "Serene", "Shiny", "Silver", "Sincere", "Skilful", "Smiling", "Snowy", "Snug",
    "Solar", "Sparkling", "Speedy", "Spirited", "Spry", "Starry", "Steady", "Stellar", "Sterling", "Stormy",
    "Sunlit", "Sunny", "Super", "Teal", "Tender", "Thankful", "Tidy", "Tranquil", "Trusty", "Turquoise",
    "Upbeat", "Valiant", "Velvet", "Verdant", "Vibrant", "Violet", "Vivid", "Wandering", "Warm",
    "Whimsical", "Willing", "Windy", "Winter", "Wise", "Witty", "Wondrous", "Zany", "Zesty", "Zippy",
];

/// What somebody is: animals, plants and places.
#[rustfmt::skip]
pub(super) const SECOND: &[&str] = &[
    "Acorn", "Albatross", "Alpaca", "Antelope", "Aurora", "Avocet", "Axolotl", "Badger", "Beacon", "Bison",
    "Bonfire", "Breeze", "Brook", "Buffalo", "Butterfly", "Camel", "Canary", "Canyon", "Capybara",
    "Caribou", "Chickadee", "Chinchilla", "Chipmunk", "Cinnamon", "Clover", "Comet", "Compass", "Condor",
    "Coyote", "Crane", "Cricket", "Curlew", "Cypress", "Daisy", "Dingo", "Dolphin", "Dormouse", "Dragonfly",
    "Dune", "Eagle", "Echidna", "Egret", "Elk", "Ember", "Falcon", "Fennec", "Fern", "Ferret", "Finch",
    "Firefly", "Fjord", "Flamingo", "Gazelle", "Gecko", "Geyser", "Giraffe", "Glacier",
    "Goldfinch", "Harbor", "Hare", "Harvest", "Hazel", "Hedgehog", "Heron", "Hoopoe", "Horizon", "Ibex",
    "Ibis", "Iguana", "Island", "Ivy", "Jackdaw", "Jaguar", "Jasmine", "Jay", "Juniper", "Kestrel",
    "Kingfisher", "Kite", "Kiwi", "Koala", "Lagoon", "Lantern", "Lark", "Lemur", "Leopard",
    "Lighthouse", "Lilac", "Lion", "Llama", "Lotus", "Lynx", "Macaw", "Magnolia", "Magpie", "Manatee",
    "Maple", "Marmot", "Marten", "Meadow", "Meerkat", "Meteor", "Mongoose", "Moon", "Moose", "Mountain",
    "Narwhal", "Nebula", "Newt", "Nightingale", "Nimbus", "Nuthatch", "Oak", "Ocelot", "Orca", "Orchid",
    "Oriole", "Osprey", "Otter", "Owl", "Panda", "Pangolin", "Panther", "Parrot", "Peacock", "Pelican",
    "Penguin", "Petrel", "Pine", "Planet", "Plover", "Pony", "Poppy", "Prairie", "Puffin", "Puma", "Quail",
    "Quokka", "Rabbit", "Raccoon", "Rainbow", "Raven", "Reef", "Reindeer", "River", "Robin", "Salmon",
    "Sandpiper", "Seahorse", "Seal", "Sequoia", "Skylark", "Sparkle", "Sparrow", "Spruce", "Squirrel",
    "Star", "Starling", "Stork", "Summit", "Swallow", "Swan", "Swift", "Tapir", "Tern", "Thistle", "Tiger",
    "Toucan", "Tulip", "Turtle", "Valley", "Volcano", "Voyager", "Wagtail", "Wallaby", "Walrus", "Warbler",
    "Waterfall", "Willow", "Wolf", "Wombat", "Woodpecker", "Wren", "Yak", "Zebra", "Zephyr",
];
