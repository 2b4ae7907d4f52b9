// generated from filters/* by `cargo xtask gen`; do not edit

use hachure_exchange::{Policy, compile_erased};

use crate::Filter;

/// The policies by their types.
pub mod policies {
    pub use hachure_cors_policy::Cors;
    pub use hachure_header_mutation_policy::HeaderMutation;
    pub use hachure_jwt_validation_policy::JwtValidation;
    pub use hachure_quota_policy::Quota;
    pub use hachure_version_rewrite_policy::VersionRewrite;
}

/// Every filter, by name.
pub static FILTERS: &[Filter] = &[
    Filter {
        name: "cors",
        catalogue: include_str!("../../../filters/cors/filter.yaml"),
        schema: include_str!("../../../filters/cors/schema.json"),
        readme: include_str!("../../../filters/cors/README.md"),
        reasons: policies::Cors::REASONS,
        phases: policies::Cors::PHASES,
        capabilities: policies::Cors::CAPABILITIES,
        compile: compile_erased::<policies::Cors>,
        #[cfg(feature = "schema")]
        current_schema: || schemars::schema_for!(hachure_cors_policy::Config),
    },
    Filter {
        name: "header-mutation",
        catalogue: include_str!("../../../filters/header-mutation/filter.yaml"),
        schema: include_str!("../../../filters/header-mutation/schema.json"),
        readme: include_str!("../../../filters/header-mutation/README.md"),
        reasons: policies::HeaderMutation::REASONS,
        phases: policies::HeaderMutation::PHASES,
        capabilities: policies::HeaderMutation::CAPABILITIES,
        compile: compile_erased::<policies::HeaderMutation>,
        #[cfg(feature = "schema")]
        current_schema: || schemars::schema_for!(hachure_header_mutation_policy::Config),
    },
    Filter {
        name: "jwt-validation",
        catalogue: include_str!("../../../filters/jwt-validation/filter.yaml"),
        schema: include_str!("../../../filters/jwt-validation/schema.json"),
        readme: include_str!("../../../filters/jwt-validation/README.md"),
        reasons: policies::JwtValidation::REASONS,
        phases: policies::JwtValidation::PHASES,
        capabilities: policies::JwtValidation::CAPABILITIES,
        compile: compile_erased::<policies::JwtValidation>,
        #[cfg(feature = "schema")]
        current_schema: || schemars::schema_for!(hachure_jwt_validation_policy::Config),
    },
    Filter {
        name: "quota",
        catalogue: include_str!("../../../filters/quota/filter.yaml"),
        schema: include_str!("../../../filters/quota/schema.json"),
        readme: include_str!("../../../filters/quota/README.md"),
        reasons: policies::Quota::REASONS,
        phases: policies::Quota::PHASES,
        capabilities: policies::Quota::CAPABILITIES,
        compile: compile_erased::<policies::Quota>,
        #[cfg(feature = "schema")]
        current_schema: || schemars::schema_for!(hachure_quota_policy::Config),
    },
    Filter {
        name: "version-rewrite",
        catalogue: include_str!("../../../filters/version-rewrite/filter.yaml"),
        schema: include_str!("../../../filters/version-rewrite/schema.json"),
        readme: include_str!("../../../filters/version-rewrite/README.md"),
        reasons: policies::VersionRewrite::REASONS,
        phases: policies::VersionRewrite::PHASES,
        capabilities: policies::VersionRewrite::CAPABILITIES,
        compile: compile_erased::<policies::VersionRewrite>,
        #[cfg(feature = "schema")]
        current_schema: || schemars::schema_for!(hachure_version_rewrite_policy::Config),
    },
];

/// Calls the macro `$each` with the type of every policy.
#[macro_export]
macro_rules! for_each_policy {
    ($each:ident) => {
        $each!($crate::policies::Cors);
        $each!($crate::policies::HeaderMutation);
        $each!($crate::policies::JwtValidation);
        $each!($crate::policies::Quota);
        $each!($crate::policies::VersionRewrite);
    };
}
