//! Rows for what a project declares besides services, each judged by Docker Compose: a place, what is accepted there, what is not.

/// Rows in `{jobs: {a: {triggers: {manual: true}, #}}}`.
pub(super) const JOB: &str = "
'profiles': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'profiles': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
";

/// Rows in `{jobs: {a: {#}}}`.
pub(super) const TRIGGERS: &str = "
'triggers': @ |  | null ; true ; 0 ; 1.5 ; 'a'
'triggers': {'manual': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'triggers': {'manual': true, 'schedule': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'triggers': {'manual': true, 'schedule': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'triggers': {'manual': true, 'schedule': [{'cron': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'triggers': {'manual': true, 'schedule': [{'cron': 'a', 'timezone': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'triggers': {'manual': true, 'schedule': [{'cron': 'a', 'concurrency': @}]} | 'forbid' ; 'queue' | null ; true ; 0 ; 1.5 ; 'a' ; []
'triggers': {'manual': true, 'schedule': [{'cron': 'a', 'missed_fires': @}]} | 'one' ; 'skip' | null ; true ; 0 ; 1.5 ; 'a' ; []
";

/// Rows in `{networks: {a: {#}}}`.
pub(super) const NETWORK: &str = "
'name': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'driver': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'driver_opts': @ | {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'driver_opts': {'n': @} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'ipam': @ | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'ipam': {'driver': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'ipam': {'config': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'ipam': {'config': [@]} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'ipam': {'config': [{'subnet': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'ipam': {'config': [{'ip_range': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'ipam': {'config': [{'gateway': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'ipam': {'config': [{'aux_addresses': @}]} | {} ; {'a': 'b'} | null ; true ; 0 ; 1.5 ; 'a'
'ipam': {'config': [{'aux_addresses': {'n': @}}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'ipam': {'options': @} | {} ; {'a': 'b'} | null ; true ; 0 ; 1.5 ; 'a'
'ipam': {'options': {'n': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'external': @ | true ; 'a' ; {} ; {'x-a': 1} | null ; 0 ; 1.5 ; [] ; ['a']
'external': {'name': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'internal': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'enable_ipv4': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'enable_ipv6': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'attachable': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'labels': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'labels': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'labels': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
";

/// Rows in `{volumes: {a: {#}}}`.
pub(super) const VOLUME: &str = "
'name': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'driver': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'driver_opts': @ | {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'driver_opts': {'n': @} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'external': @ | true ; 'a' ; {} ; {'x-a': 1} | null ; 0 ; 1.5 ; [] ; ['a']
'external': {'name': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'labels': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'labels': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'labels': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
";

/// Rows in `{secrets: {a: {#}}}`.
pub(super) const SECRET: &str = "
'name': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'environment': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'file': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'external': @ | true ; 'a' ; {} ; {'a': 'b'} ; {'a': 1} | null ; 0 ; 1.5 ; [] ; ['a']
'external': {'name': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'labels': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'labels': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'labels': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'driver': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'driver_opts': @ | {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'driver_opts': {'n': @} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'template_driver': @ | 'a' | null ; true ; 0 ; 1.5 ; []
";

/// Rows in `{configs: {a: {#}}}`.
pub(super) const CONFIG: &str = "
'name': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'content': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'environment': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'file': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'external': @ | true ; 'a' ; {} ; {'a': 'b'} ; {'a': 1} | null ; 0 ; 1.5 ; [] ; ['a']
'external': {'name': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'labels': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'labels': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'labels': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'template_driver': @ | 'a' | null ; true ; 0 ; 1.5 ; []
";

/// Rows in `{models: {a: {model: m, #}}}`.
pub(super) const MODEL: &str = "
'name': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'context_size': @ | 0 | null ; true ; 1.5 ; 'a' ; []
'runtime_flags': @ | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'runtime_flags': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
";

/// Rows in `{#}`.
pub(super) const PROJECT: &str = "
'version': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'name': @ | 'a' | null ; true ; 0 ; 1.5 ; []
";
