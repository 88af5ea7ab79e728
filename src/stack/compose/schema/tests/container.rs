//! Rows for the keys of a container, each judged by Docker Compose: a place, what is accepted there, what is not.

/// Rows in `{services: {a: {#}}}`.
pub(super) const ROWS: &str = "
'annotations': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'annotations': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'annotations': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'blkio_config': @ | {} | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_read_bps': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_read_bps': [@]} | {} | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_read_bps': [{'path': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'blkio_config': {'device_read_bps': [{'rate': @}]} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'blkio_config': {'device_read_iops': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_read_iops': [@]} | {} | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_read_iops': [{'path': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'blkio_config': {'device_read_iops': [{'rate': @}]} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'blkio_config': {'device_write_bps': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_write_bps': [@]} | {} | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_write_bps': [{'path': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'blkio_config': {'device_write_bps': [{'rate': @}]} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'blkio_config': {'device_write_iops': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_write_iops': [@]} | {} | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'device_write_iops': [{'path': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'blkio_config': {'device_write_iops': [{'rate': @}]} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'blkio_config': {'weight': @} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'blkio_config': {'weight_device': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'weight_device': [@]} | {} | null ; true ; 0 ; 1.5 ; 'a'
'blkio_config': {'weight_device': [{'path': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'blkio_config': {'weight_device': [{'weight': @}]} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'cap_add': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'cap_add': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'cap_drop': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'cap_drop': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'cgroup': @ | 'host' ; 'private' | null ; true ; 0 ; 1.5 ; 'a' ; []
'cgroup_parent': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'command': @ | null ; 'a' ; [] ; ['a'] ; ['a', 'a'] | true ; 0 ; 1.5 ; [1] ; [null]
'command': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'cpu_count': @ | 0 ; 'a' | null ; true ; 1.5 ; -1 ; []
'cpu_percent': @ | 0 ; 'a' | null ; true ; 1.5 ; 101 ; []
'cpu_shares': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'cpu_quota': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'cpu_period': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'cpu_rt_period': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'cpu_rt_runtime': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'cpus': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'cpuset': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'credential_spec': @ | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'credential_spec': {'config': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'credential_spec': {'file': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'credential_spec': {'registry': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'device_cgroup_rules': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'device_cgroup_rules': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'devices': @ | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'devices': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'devices': [{'source': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'devices': [{'source': 'a', 'target': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'devices': [{'source': 'a', 'permissions': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'dns': @ | 'a' ; [] ; ['a'] | null ; true ; 0 ; 1.5 ; ['a', 'a']
'dns': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'dns_opt': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'dns_opt': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'dns_search': @ | 'a' ; [] ; ['a'] | null ; true ; 0 ; 1.5 ; ['a', 'a']
'dns_search': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'domainname': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'entrypoint': @ | null ; 'a' ; [] ; ['a'] ; ['a', 'a'] | true ; 0 ; 1.5 ; [1] ; [null]
'entrypoint': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'env_file': @ | 'a' ; [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; [1]
'env_file': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'env_file': [{'path': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'env_file': [{'path': 'a', 'format': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'env_file': [{'path': 'a', 'required': @}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'label_file': @ | 'a' ; [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; [1]
'label_file': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'environment': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'environment': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'environment': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'extra_hosts': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': ['b']} | null ; true ; 0 ; 1.5 ; 'a'
'extra_hosts': {'n': @} | 'a' ; [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; [1]
'extra_hosts': {'n': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'extra_hosts': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'group_add': @ | [] ; ['a'] ; [1] | null ; true ; 0 ; 1.5 ; 'a'
'group_add': [@] | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'hostname': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'image': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'init': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'ipc': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'isolation': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'labels': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'labels': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'labels': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'logging': @ | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'logging': {'driver': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'logging': {'options': @} | {} ; {'a': 'b'} ; {'a': 1} ; {'a': null} | null ; true ; 0 ; 1.5 ; 'a'
'logging': {'options': {'n': @}} | null ; 0 ; 1.5 ; 'a' | true ; [] ; ['a'] ; ['a', 'a'] ; [1]
'mac_address': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'mem_limit': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'mem_reservation': @ | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'mem_swappiness': @ | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'memswap_limit': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'network_mode': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'oom_kill_disable': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'oom_score_adj': @ | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'pid': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'pids_limit': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'platform': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'privileged': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'pull_policy': @ | 'always' | null ; true ; 0 ; 1.5 ; 'a'
'pull_refresh_after': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'read_only': @ | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'runtime': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'security_opt': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'security_opt': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'shm_size': @ | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'sysctls': @ | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'sysctls': {'n': @} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'sysctls': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'stop_grace_period': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'stop_signal': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'storage_opt': @ | {} ; {'a': 'b'} ; {'a': 1} ; {'a': null} ; {'a': true} | null ; true ; 0 ; 1.5 ; 'a'
'tmpfs': @ | 'a' ; [] ; ['a'] | null ; true ; 0 ; 1.5 ; ['a', 'a']
'tmpfs': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'ulimits': @ | {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'ulimits': {'n': @} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'ulimits': {'n': {'soft': 1, 'hard': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'ulimits': {'n': {'hard': 1, 'soft': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'use_api_socket': @ | true | null ; 0 ; 1.5 ; 'a' ; []
'user': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'uts': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'userns_mode': @ | 'a' | null ; true ; 0 ; 1.5 ; []
'volumes_from': @ | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'volumes_from': [@] | 'a' | null ; true ; 0 ; 1.5 ; []
'working_dir': @ | 'a' | null ; true ; 0 ; 1.5 ; []
";
