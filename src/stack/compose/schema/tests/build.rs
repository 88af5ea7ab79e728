//! Rows for `build`, each judged by Docker Compose: a place, what is accepted there, what is not.

/// Rows in `{services: {a: {#}}}`.
pub(super) const ROWS: &str = "
'build': @ | 'a' ; {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; []
'build': {'context': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'dockerfile': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'dockerfile_inline': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'entitlements': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'build': {'entitlements': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'args': @} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'build': {'args': {'n': @}} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'build': {'args': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'ssh': @} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'build': {'ssh': {'n': @}} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'build': {'ssh': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'labels': @} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'build': {'labels': {'n': @}} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'build': {'labels': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'cache_from': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'build': {'cache_from': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'cache_to': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'build': {'cache_to': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'no_cache': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'build': {'no_cache_filter': @} | 'a' ; [] ; ['a'] | null ; true ; 0 ; 1.5 ; ['a', 'a']
'build': {'no_cache_filter': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'additional_contexts': @} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'build': {'additional_contexts': {'n': @}} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'build': {'additional_contexts': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'network': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'provenance': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'build': {'sbom': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'build': {'pull': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'build': {'target': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'shm_size': @} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'build': {'extra_hosts': @} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': ['b']} | null ; true ; 0 ; 1.5 ; 'a'
'build': {'extra_hosts': {'n': @}} | 'a' ; [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; [1]
'build': {'extra_hosts': {'n': [@]}} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'extra_hosts': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'isolation': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'privileged': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'build': {'secrets': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'build': {'secrets': [@]} | 'a' ; {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; []
'build': {'secrets': [{'source': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'secrets': [{'target': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'secrets': [{'uid': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'secrets': [{'gid': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'secrets': [{'mode': @}]} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'build': {'tags': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'build': {'tags': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'build': {'ulimits': @} | {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'build': {'ulimits': {'n': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'build': {'ulimits': {'n': {'soft': 1, 'hard': @}}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'build': {'ulimits': {'n': {'hard': 1, 'soft': @}}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'build': {'platforms': @} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'build': {'platforms': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
";
