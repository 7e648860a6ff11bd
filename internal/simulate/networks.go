package simulate

import "tributary/internal/flow"

// network is a remote party of the story: a real AS number of its type, with an invented weight.
type network struct {
	as      uint32
	typ     flow.NetworkType
	weight  float64 // within its type and region, against the others there
	regions string  // W, E, C, U: US-West, US-East, CA-East, EU-Central
	from    string  // first month; "" = the story's
	to      string  // last month; "" = the story's
	home    string  // country, ISO code, that it has all its places in; "" = any
}

const regionLetters = "WECU" // in the order of regionNames

// networks are all parties; a network's index here is its place in the simulated address space. AS
// numbers are of the built-in catalogue, but those of "other" and of migration, which are reserved
// for documentation (RFC 5398) and so in nobody's list: migration is a matter of the link.
var networks = []network{
	{13335, flow.CDN, 24, "WECU", "", "", ""},     // Cloudflare
	{54113, flow.CDN, 15, "WECU", "", "", ""},     // Fastly
	{20940, flow.CDN, 13, "WECU", "", "", ""},     // Akamai International
	{200325, flow.CDN, 12, "WECU", "", "", ""},    // bunny.net
	{60068, flow.CDN, 9, "WEU", "", "", ""},       // DataCamp / CDN77
	{16625, flow.CDN, 6, "WEC", "", "", ""},       // Akamai Technologies
	{30081, flow.CDN, 5, "WEU", "", "", ""},       // CacheFly
	{199524, flow.CDN, 5, "WU", "", "", ""},       // Gcore
	{2906, flow.CDN, 4, "WE", "", "", ""},         // Netflix
	{19551, flow.CDN, 3, "WECU", "", "", ""},      // Imperva
	{44239, flow.CDN, 3, "U", "", "", ""},         // KeyCDN
	{36408, flow.CDN, 3, "W", "", "", ""},         // CDNetworks
	{922, flow.CDN, 2, "WE", "2025-09", "", ""},   // Vercel
	{62571, flow.CDN, 2, "C", "", "", ""},         // Imperva
	{59245, flow.CDN, 2, "EU", "2026-01", "", ""}, // Gcore

	{14061, flow.Hosting, 14, "WECU", "", "", ""}, // DigitalOcean
	{24940, flow.Hosting, 14, "U", "", "", ""},    // Hetzner Online
	{16276, flow.Hosting, 12, "WECU", "", "", ""}, // OVHcloud
	{63949, flow.Hosting, 9, "WEC", "", "", ""},   // Akamai Connected Cloud
	{20473, flow.Hosting, 9, "WEU", "", "", ""},   // Vultr
	{51167, flow.Hosting, 7, "U", "", "", ""},     // Contabo
	{29802, flow.Hosting, 6, "WE", "", "", ""},    // Hivelocity
	{10532, flow.Hosting, 5, "E", "", "", ""},     // Rackspace
	{54825, flow.Hosting, 5, "WE", "", "", ""},    // Equinix Metal
	{396356, flow.Hosting, 4, "WE", "", "", ""},   // Latitude.sh
	{12876, flow.Hosting, 4, "U", "", "", ""},     // Scaleway
	{60781, flow.Hosting, 4, "U", "", "", ""},     // Leaseweb Netherlands
	{395954, flow.Hosting, 4, "W", "", "", ""},    // Leaseweb USA
	{32613, flow.Hosting, 4, "C", "", "", ""},     // Leaseweb Canada
	{26496, flow.Hosting, 3, "W", "", "", ""},     // GoDaddy
	{40509, flow.Hosting, 3, "WEC", "", "", ""},   // Fly.io
	{8560, flow.Hosting, 3, "U", "", "", ""},      // IONOS
	{32244, flow.Hosting, 2, "E", "", "", ""},     // Liquid Web

	{16509, flow.Hyperscaler, 34, "WECU", "", "", ""},  // Amazon (AWS)
	{14618, flow.Hyperscaler, 14, "E", "", "", ""},     // Amazon us-east-1
	{8075, flow.Hyperscaler, 18, "WECU", "", "", ""},   // Microsoft (Azure)
	{396982, flow.Hyperscaler, 16, "WECU", "", "", ""}, // Google Cloud Platform
	{15169, flow.Hyperscaler, 8, "WEU", "", "", ""},    // Google
	{31898, flow.Hyperscaler, 9, "WECU", "", "", ""},   // Oracle Cloud Infrastructure
	{36351, flow.Hyperscaler, 4, "E", "", "", ""},      // IBM Cloud
	{45102, flow.Hyperscaler, 4, "WU", "", "", ""},     // Alibaba Cloud
	{132203, flow.Hyperscaler, 3, "W", "", "", ""},     // Tencent Cloud

	{7922, flow.ISPRegional, 16, "W", "", "", "US"},  // Comcast
	{20001, flow.ISPRegional, 12, "W", "", "", "US"}, // Charter, Pacific West
	{22773, flow.ISPRegional, 9, "WE", "", "", "US"}, // Cox
	{7018, flow.ISPTier1, 9, "WE", "", "", ""},       // AT&T
	{21928, flow.ISPRegional, 7, "WE", "", "", "US"}, // T-Mobile US
	{27017, flow.ISPRegional, 5, "W", "", "", "US"},  // Ziply Fiber
	{7065, flow.ISPRegional, 4, "W", "", "", "US"},   // Sonic
	{5650, flow.ISPRegional, 5, "WE", "", "", "US"},  // Frontier
	{14593, flow.ISPRegional, 4, "WE", "", "", "US"}, // Starlink
	{8151, flow.ISPRegional, 3, "W", "", "", "MX"},   // Telmex
	{1221, flow.ISPRegional, 3, "W", "", "", "AU"},   // Telstra
	{4713, flow.ISPRegional, 3, "W", "", "", "JP"},   // NTT OCN
	{13999, flow.ISPRegional, 2, "W", "", "", "MX"},  // Megacable
	{28403, flow.ISPRegional, 2, "W", "", "", "MX"},  // AT&T Mexico
	{4804, flow.ISPRegional, 2, "W", "", "", "AU"},   // Optus
	{7545, flow.ISPRegional, 2, "W", "", "", "AU"},   // TPG Telecom
	{2518, flow.ISPRegional, 2, "W", "", "", "JP"},   // BIGLOBE
	{9824, flow.ISPRegional, 2, "W", "", "", "JP"},   // J:COM
	{11404, flow.ISPRegional, 2, "W", "", "", "US"},  // Astound (Wave)
	{16591, flow.ISPRegional, 2, "W", "", "", "US"},  // Google Fiber
	{12271, flow.ISPRegional, 12, "E", "", "", "US"}, // Charter, New York
	{7015, flow.ISPRegional, 10, "E", "", "", "US"},  // Comcast
	{6128, flow.ISPRegional, 8, "E", "", "", "US"},   // Altice USA
	{6167, flow.ISPRegional, 6, "E", "", "", "US"},   // Verizon Wireless
	{11427, flow.ISPRegional, 5, "E", "", "", "US"},  // Charter, Texas
	{27699, flow.ISPRegional, 3, "E", "", "", "BR"},  // Vivo
	{28573, flow.ISPRegional, 3, "E", "", "", "BR"},  // Claro Brasil
	{26615, flow.ISPRegional, 2, "E", "", "", "BR"},  // TIM Brasil
	{577, flow.ISPRegional, 10, "C", "", "", "CA"},   // Bell Canada
	{812, flow.ISPRegional, 9, "C", "", "", "CA"},    // Rogers
	{5769, flow.ISPRegional, 7, "C", "", "", "CA"},   // Videotron
	{852, flow.ISPRegional, 5, "C", "", "", "CA"},    // TELUS
	{7992, flow.ISPRegional, 3, "C", "", "", "CA"},   // Cogeco
	{3209, flow.ISPRegional, 9, "U", "", "", "DE"},   // Vodafone Germany
	{3215, flow.ISPRegional, 8, "U", "", "", "FR"},   // Orange France
	{9143, flow.ISPRegional, 7, "U", "", "", "NL"},   // VodafoneZiggo
	{2856, flow.ISPRegional, 6, "U", "", "", "GB"},   // BT
	{5089, flow.ISPRegional, 5, "U", "", "", "GB"},   // Virgin Media
	{3352, flow.ISPRegional, 4, "U", "", "", "ES"},   // Telefonica de Espana
	{3269, flow.ISPRegional, 4, "U", "", "", "IT"},   // TIM
	{5617, flow.ISPRegional, 3, "U", "", "", "PL"},   // Orange Polska
	{3301, flow.ISPRegional, 3, "U", "", "", "SE"},   // Telia Sweden
	{8881, flow.ISPRegional, 4, "U", "", "", "DE"},   // 1&1
	{6805, flow.ISPRegional, 5, "U", "", "", "DE"},   // Telefonica Germany
	{12322, flow.ISPRegional, 5, "U", "", "", "FR"},  // Free
	{15557, flow.ISPRegional, 4, "U", "", "", "FR"},  // SFR
	{1136, flow.ISPRegional, 4, "U", "", "", "NL"},   // KPN
	{15435, flow.ISPRegional, 3, "U", "", "", "NL"},  // DELTA Fiber
	{5607, flow.ISPRegional, 4, "U", "", "", "GB"},   // Sky UK
	{12479, flow.ISPRegional, 3, "U", "", "", "ES"},  // Orange Espana
	{12430, flow.ISPRegional, 2, "U", "", "", "ES"},  // Vodafone Spain
	{12874, flow.ISPRegional, 3, "U", "", "", "IT"},  // Fastweb
	{1267, flow.ISPRegional, 3, "U", "", "", "IT"},   // Wind Tre
	{12912, flow.ISPRegional, 2, "U", "", "", "PL"},  // T-Mobile Polska
	{12741, flow.ISPRegional, 2, "U", "", "", "PL"},  // Netia
	{1257, flow.ISPRegional, 2, "U", "", "", "SE"},   // Tele2 Sweden
	{8473, flow.ISPRegional, 2, "U", "", "", "SE"},   // Bahnhof

	{3356, flow.ISPTier1, 12, "WECU", "", "", ""}, // Lumen
	{174, flow.ISPTier1, 11, "WECU", "", "", ""},  // Cogent
	{6939, flow.ISPTier1, 9, "WCU", "", "", ""},   // Hurricane Electric
	{2914, flow.ISPTier1, 6, "W", "", "", ""},     // NTT
	{1299, flow.ISPTier1, 8, "EU", "", "", ""},    // Arelion
	{6461, flow.ISPTier1, 6, "WEC", "", "", ""},   // Zayo
	{3257, flow.ISPTier1, 5, "EU", "", "", ""},    // GTT
	{701, flow.ISPTier1, 4, "E", "", "", ""},      // Verizon
	{3320, flow.ISPTier1, 5, "U", "", "", ""},     // Deutsche Telekom

	{65540, flow.Migration, 10, "W", "", "2025-10", ""}, // onboarding partners, on migration links
	{65541, flow.Migration, 8, "WE", "", "", ""},
	{65542, flow.Migration, 6, "EU", "", "", ""},
	{65543, flow.Migration, 5, "WU", "2025-08", "", ""},
	{65544, flow.Migration, 4, "EU", "2025-10", "2025-12", ""},
	{65545, flow.Migration, 4, "WU", "2026-01", "", ""},

	{33425, flow.Neocloud, 26, "WEU", "", "", ""},       // CoreWeave
	{398090, flow.Neocloud, 14, "WE", "", "", ""},       // Lambda
	{26356, flow.Neocloud, 12, "WE", "", "", ""},        // Crusoe
	{36346, flow.Neocloud, 10, "WE", "", "", ""},        // Together AI
	{46082, flow.Neocloud, 8, "E", "", "", ""},          // Voltage Park
	{23112, flow.Neocloud, 8, "WEU", "", "", ""},        // Fluidstack
	{200632, flow.Neocloud, 10, "EU", "", "", ""},       // Nebius
	{53428, flow.Neocloud, 6, "E", "", "", ""},          // Nebius, Kansas City
	{400133, flow.Neocloud, 9, "C", "", "", ""},         // Denvr Dataworks
	{400221, flow.Neocloud, 6, "C", "", "", ""},         // HIVE
	{204415, flow.Neocloud, 5, "CU", "", "", ""},        // NexGen Cloud
	{198020, flow.Neocloud, 8, "U", "", "", ""},         // Verda
	{59437, flow.Neocloud, 6, "U", "", "", ""},          // Northern Data
	{209045, flow.Neocloud, 4, "U", "", "", ""},         // Genesis Cloud
	{394550, flow.Neocloud, 5, "W", "", "", ""},         // San Francisco Compute
	{16581, flow.Neocloud, 3, "W", "", "", ""},          // DeepInfra
	{396246, flow.Neocloud, 4, "CE", "2025-10", "", ""}, // WhiteFiber
	{401353, flow.Neocloud, 4, "E", "2025-11", "", ""},  // Boost Run
	{401319, flow.Neocloud, 4, "W", "2025-10", "", ""},  // TensorWave
	{53735, flow.Neocloud, 5, "CE", "2026-01", "", ""},  // IREN
	{11504, flow.Neocloud, 4, "E", "2026-02", "", ""},   // QumulusAI
	{214659, flow.Neocloud, 7, "U", "2026-02", "", ""},  // Nscale
	{203846, flow.Neocloud, 4, "U", "2026-03", "", ""},  // Sesterce
	{40214, flow.Neocloud, 5, "WE", "2026-03", "", ""},  // Groq
	{209952, flow.Neocloud, 5, "U", "2026-03", "", ""},  // Mistral Compute
	{401905, flow.Neocloud, 3, "E", "2026-04", "", ""},  // Moonlite AI
	{394076, flow.Neocloud, 4, "WE", "2026-04", "", ""}, // Highrise AI
	{400215, flow.Neocloud, 3, "W", "2026-05", "", ""},  // SambaNova

	{64497, flow.Other, 10, "WE", "", "", ""},
	{64498, flow.Other, 9, "WECU", "", "", ""},
	{64499, flow.Other, 8, "WE", "", "", ""},
	{64500, flow.Other, 7, "WCU", "", "", ""},
	{64501, flow.Other, 7, "EU", "", "", ""},
	{64502, flow.Other, 6, "WE", "", "", ""},
	{64503, flow.Other, 6, "ECU", "", "", ""},
	{64504, flow.Other, 5, "WU", "", "", ""},
	{64505, flow.Other, 5, "WECU", "", "", ""},
	{64506, flow.Other, 5, "EU", "", "", ""},
	{64507, flow.Other, 4, "WU", "", "", ""},
	{64508, flow.Other, 4, "WE", "", "", ""},
	{64509, flow.Other, 4, "EC", "", "", ""},
	{64510, flow.Other, 4, "WU", "", "", ""},
	{64511, flow.Other, 3, "WE", "", "", ""},
	{65536, flow.Other, 5, "WECU", "", "", ""},
	{65537, flow.Other, 4, "WEU", "", "", ""},
	{65538, flow.Other, 4, "EC", "", "", ""},
	{65539, flow.Other, 3, "WU", "", "", ""},
	{65546, flow.Other, 4, "WU", "", "", ""},
	{65547, flow.Other, 4, "WE", "", "", ""},
	{65548, flow.Other, 3, "EC", "", "", ""},
	{65549, flow.Other, 4, "WEU", "", "", ""},
	{65550, flow.Other, 4, "WU", "", "", ""},
	{65551, flow.Other, 3, "WE", "", "", ""},
}
