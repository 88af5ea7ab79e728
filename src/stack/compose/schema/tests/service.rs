//! Rows for the keys of a service beyond the container, each judged by Docker Compose: a place, what is accepted there, what is not.

/// Rows in `{services: {a: {#}}}`.
pub(super) const ROWS: &str = "
'profiles': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'profiles': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'restart': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'scale': @ | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'attach': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'container_name': @ | 'always' | null ; true ; 0 ; 1.5 ; 'a'
'provider': @ |  | null ; true ; 0 ; 1.5 ; 'a'
'provider': {'type': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'provider': {'type': 'a', 'options': @} | {} ; {'a': 'b'} ; {'a': 1} ; {'a': true} ; {'a': ['b']} | null ; true ; 0 ; 1.5 ; 'a'
'provider': {'type': 'a', 'options': {'n': @}} | true ; 0 ; 1.5 ; 'a' ; [] | null ; [null] ; {} ; {'a': 'b'} ; {'a': 1}
'provider': {'type': 'a', 'options': {'n': [@]}} | true ; 0 ; 1.5 ; 'a' | null ; [] ; ['a'] ; ['a', 'a'] ; [1]
'extends': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'extends': {'service': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'extends': {'service': 'a', 'file': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'links': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'links': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'external_links': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'external_links': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'depends_on': @ | [] ; ['a'] ; {} | null ; true ; 0 ; 1.5 ; 'a'
'depends_on': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'depends_on': {'n': @} |  | null ; true ; 0 ; 1.5 ; 'a'
'depends_on': {'n': {'condition': 'service_started', 'restart': @}} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'depends_on': {'n': {'condition': 'service_started', 'required': @}} | true | null ; 0 ; 1.5 ; 'a' ; []
'depends_on': {'n': {'condition': @}} | 'service_started' ; 'service_healthy' ; 'service_completed_successfully' | null ; true ; 0 ; 1.5 ; 'a' ; []
'healthcheck': @ | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'healthcheck': {'disable': @} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'healthcheck': {'interval': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'healthcheck': {'retries': @} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'healthcheck': {'test': @} | 'a' ; [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; [1]
'healthcheck': {'test': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'healthcheck': {'timeout': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'healthcheck': {'start_period': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'healthcheck': {'start_interval': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'ports': @ | [] ; ['a'] ; [1] | null ; true ; 0 ; 1.5 ; 'a'
'ports': [@] | 0 ; 1.5 ; 'a' ; {} ; {'x-a': 1} | null ; true ; [] ; ['a'] ; ['a', 'a']
'ports': [{'name': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'ports': [{'mode': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'ports': [{'host_ip': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'ports': [{'target': @}] | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'ports': [{'published': @}] | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'ports': [{'protocol': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'ports': [{'app_protocol': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'expose': @ | [] ; ['a'] ; [1] | null ; true ; 0 ; 1.5 ; 'a'
'expose': [@] | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'stdin_open': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'tty': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
";
