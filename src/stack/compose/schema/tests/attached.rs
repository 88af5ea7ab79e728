//! Rows for the networks, mounts, secrets, configs and models of a service, each judged by Docker Compose: a place, what is accepted there, what is not.

/// Rows in `{services: {a: {#}}}`.
pub(super) const ROWS: &str = "
'configs': @ | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'configs': [@] | 'a' ; {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; []
'configs': [{'source': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'configs': [{'target': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'configs': [{'uid': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'configs': [{'gid': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'configs': [{'mode': @}] | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'models': @ | [] ; ['a'] ; {} ; {'a': null} ; {'a': {}} | null ; true ; 0 ; 1.5 ; 'a'
'models': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'models': {'n': @} | null ; {} ; {'x-a': 1} | true ; 0 ; 1.5 ; 'a' ; []
'models': {'n': {'endpoint_var': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'models': {'n': {'model_var': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': @ | [] ; ['a'] ; {} ; {'a': null} ; {'a': {}} | null ; true ; 0 ; 1.5 ; 'a'
'networks': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': @} | null ; {} ; {'x-a': 1} | true ; 0 ; 1.5 ; 'a' ; []
'networks': {'n': {'aliases': @}} | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'networks': {'n': {'aliases': [@]}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': {'interface_name': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': {'ipv4_address': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': {'ipv6_address': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': {'link_local_ips': @}} | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'networks': {'n': {'link_local_ips': [@]}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': {'mac_address': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'networks': {'n': {'driver_opts': @}} | {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'networks': {'n': {'driver_opts': {'n': @}}} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'networks': {'n': {'priority': @}} | 0 ; 1.5 | null ; true ; 'a' ; [] ; ['a']
'networks': {'n': {'gw_priority': @}} | 0 ; 1.5 | null ; true ; 'a' ; [] ; ['a']
'secrets': @ | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'secrets': [@] | 'a' ; {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; []
'secrets': [{'source': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'secrets': [{'target': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'secrets': [{'uid': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'secrets': [{'gid': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'secrets': [{'mode': @}] | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'volumes': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'volumes': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': @}] | 'bind' ; 'volume' ; 'tmpfs' ; 'cluster' ; 'npipe' ; 'image' | null ; true ; 0 ; 1.5 ; 'a' ; []
'volumes': [{'type': 'bind', 'source': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': 'bind', 'target': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': 'bind', 'read_only': @}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'volumes': [{'type': 'bind', 'consistency': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': 'bind', 'bind': @}] | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'volumes': [{'type': 'bind', 'bind': {'propagation': @}}] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': 'bind', 'bind': {'create_host_path': @}}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'volumes': [{'type': 'bind', 'bind': {'recursive': @}}] | 'enabled' ; 'disabled' ; 'writable' ; 'readonly' | null ; true ; 0 ; 1.5 ; 'a' ; []
'volumes': [{'type': 'bind', 'bind': {'selinux': @}}] | 'z' ; 'Z' | null ; true ; 0 ; 1.5 ; 'a' ; []
'volumes': [{'type': 'bind', 'volume': @}] | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'volumes': [{'type': 'bind', 'volume': {'labels': @}}] | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'volumes': [{'type': 'bind', 'volume': {'labels': {'n': @}}}] | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'volumes': [{'type': 'bind', 'volume': {'labels': [@]}}] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': 'bind', 'volume': {'nocopy': @}}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'volumes': [{'type': 'bind', 'volume': {'subpath': @}}] | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes': [{'type': 'bind', 'tmpfs': @}] | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'volumes': [{'type': 'bind', 'tmpfs': {'size': @}}] | 0 ; 'a' | null ; true ; 1.5 ; -1 ; []
'volumes': [{'type': 'bind', 'tmpfs': {'mode': @}}] | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'volumes': [{'type': 'bind', 'image': @}] | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'volumes': [{'type': 'bind', 'image': {'subpath': @}}] | 'a' | null ; true ; 0 ; 1.5 ; []
";
