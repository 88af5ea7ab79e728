//! Rows for `deploy`, `gpus`, `develop` and the hooks, each judged by Docker Compose: a place, what is accepted there, what is not.

/// Rows in `{services: {a: {#}}}`.
pub(super) const ROWS: &str = "
'deploy': @ | null ; {} ; {'x-a': 1} | true ; 0 ; 1.5 ; 'a' ; []
'deploy': {'mode': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'endpoint_mode': @} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'replicas': @} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'deploy': {'labels': @} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'labels': {'n': @}} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'deploy': {'labels': [@]} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'rollback_config': @} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'rollback_config': {'parallelism': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'deploy': {'rollback_config': {'delay': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'rollback_config': {'failure_action': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'rollback_config': {'monitor': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'rollback_config': {'max_failure_ratio': @}} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'deploy': {'rollback_config': {'order': @}} | 'start-first' ; 'stop-first' | null ; true ; 0 ; 1.5 ; 'a' ; []
'deploy': {'update_config': @} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'update_config': {'parallelism': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'deploy': {'update_config': {'delay': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'update_config': {'failure_action': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'update_config': {'monitor': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'update_config': {'max_failure_ratio': @}} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'deploy': {'update_config': {'order': @}} | 'start-first' ; 'stop-first' | null ; true ; 0 ; 1.5 ; 'a' ; []
'deploy': {'resources': @} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'limits': @}} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'limits': {'cpus': @}}} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'deploy': {'resources': {'limits': {'memory': @}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'resources': {'limits': {'pids': @}}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'deploy': {'resources': {'reservations': @}} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'cpus': @}}} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'deploy': {'resources': {'reservations': {'memory': @}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'resources': {'reservations': {'generic_resources': @}}} | [] | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'generic_resources': [@]}}} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'generic_resources': [{'discrete_resource_spec': @}]}}} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'generic_resources': [{'discrete_resource_spec': {'kind': @}}]}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'resources': {'reservations': {'generic_resources': [{'discrete_resource_spec': {'value': @}}]}}} | 0 ; 1.5 ; 'a' | null ; true ; [] ; ['a'] ; ['a', 'a']
'deploy': {'resources': {'reservations': {'devices': @}}} | [] | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'devices': [@]}}} |  | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': @}]}}} | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [@]}]}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'count': @}]}}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'device_ids': @}]}}} | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'device_ids': [@]}]}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'driver': @}]}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'options': @}]}}} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'options': {'n': @}}]}}} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'deploy': {'resources': {'reservations': {'devices': [{'capabilities': [], 'options': [@]}]}}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'restart_policy': @} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'restart_policy': {'condition': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'restart_policy': {'delay': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'restart_policy': {'max_attempts': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'deploy': {'restart_policy': {'window': @}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'placement': @} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'placement': {'constraints': @}} | [] ; ['a'] ; ['a', 'a'] | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'placement': {'constraints': [@]}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'placement': {'preferences': @}} | [] | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'placement': {'preferences': [@]}} | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'deploy': {'placement': {'preferences': [{'spread': @}]}} | 'a' | null ; true ; 0 ; 1.5 ; []
'deploy': {'placement': {'max_replicas_per_node': @}} | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'develop': @ | null ; {} ; {'x-a': 1} | true ; 0 ; 1.5 ; 'a' ; []
'develop': {'watch': @} | [] | null ; true ; 0 ; 1.5 ; 'a'
'develop': {'watch': [@]} |  | null ; true ; 0 ; 1.5 ; 'a'
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'ignore': @}]} | 'a' ; [] ; ['a'] | null ; true ; 0 ; 1.5 ; ['a', 'a']
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'ignore': [@]}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'include': @}]} | 'a' ; [] ; ['a'] | null ; true ; 0 ; 1.5 ; ['a', 'a']
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'include': [@]}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'action': 'rebuild', 'path': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': @}]} | 'rebuild' ; 'sync' ; 'restart' ; 'sync+restart' ; 'sync+exec' | null ; true ; 0 ; 1.5 ; 'a' ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'target': @}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': @}]} |  | null ; true ; 0 ; 1.5 ; 'a'
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': @}}]} | null ; 'a' ; [] ; ['a'] ; ['a', 'a'] | true ; 0 ; 1.5 ; [1] ; [null]
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': [@]}}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': null, 'user': @}}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': null, 'privileged': @}}]} | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': null, 'working_dir': @}}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': null, 'environment': @}}]} | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': null, 'environment': {'n': @}}}]} | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'exec': {'command': null, 'environment': [@]}}]} | 'a' | null ; true ; 0 ; 1.5 ; []
'develop': {'watch': [{'path': 'a', 'action': 'rebuild', 'initial_sync': @}]} | true | null ; 0 ; 1.5 ; 'a' ; []
'pre_start': @ | [] | null ; true ; 0 ; 1.5 ; 'a'
'pre_start': [@] | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'pre_start': [{'per_replica': @}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'pre_start': [{'image': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'pre_start': [{'volumes': [{'type': 'bind', 'image': @}]}] | {} ; {'x-a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'pre_start': [{'volumes': [{'type': 'bind', 'image': {'subpath': @}}]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'post_start': @ | [] | null ; true ; 0 ; 1.5 ; 'a'
'post_start': [@] |  | null ; true ; 0 ; 1.5 ; 'a'
'post_start': [{'command': @}] | null ; 'a' ; [] ; ['a'] ; ['a', 'a'] | true ; 0 ; 1.5 ; [1] ; [null]
'post_start': [{'command': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'post_start': [{'command': null, 'user': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'post_start': [{'command': null, 'privileged': @}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'post_start': [{'command': null, 'working_dir': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'post_start': [{'command': null, 'environment': @}] | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'post_start': [{'command': null, 'environment': {'n': @}}] | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'post_start': [{'command': null, 'environment': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'pre_stop': @ | [] | null ; true ; 0 ; 1.5 ; 'a'
'pre_stop': [@] |  | null ; true ; 0 ; 1.5 ; 'a'
'pre_stop': [{'command': @}] | null ; 'a' ; [] ; ['a'] ; ['a', 'a'] | true ; 0 ; 1.5 ; [1] ; [null]
'pre_stop': [{'command': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'pre_stop': [{'command': null, 'user': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'pre_stop': [{'command': null, 'privileged': @}] | true ; 'a' | null ; 0 ; 1.5 ; [] ; ['a']
'pre_stop': [{'command': null, 'working_dir': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'pre_stop': [{'command': null, 'environment': @}] | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'pre_stop': [{'command': null, 'environment': {'n': @}}] | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'pre_stop': [{'command': null, 'environment': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'gpus': @ | 'all' ; [] | null ; true ; 0 ; 1.5 ; 'a' ; ['a']
'gpus': [@] | {} ; {'a': 'b'} ; {'a': 1} ; {'a': null} ; {'a': true} | null ; true ; 0 ; 1.5 ; 'a'
'gpus': [{'capabilities': @}] | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'gpus': [{'capabilities': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'gpus': [{'count': @}] | 0 ; 'a' | null ; true ; 1.5 ; [] ; ['a']
'gpus': [{'device_ids': @}] | [] ; ['a'] | null ; true ; 0 ; 1.5 ; 'a'
'gpus': [{'device_ids': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
'gpus': [{'driver': @}] | 'a' | null ; true ; 0 ; 1.5 ; []
'gpus': [{'options': @}] | [] ; ['a'] ; {} ; {'a': 'b'} ; {'a': 1} | null ; true ; 0 ; 1.5 ; 'a'
'gpus': [{'options': {'n': @}}] | null ; true ; 0 ; 1.5 ; 'a' | [] ; ['a'] ; ['a', 'a'] ; [1] ; [null]
'gpus': [{'options': [@]}] | 'a' | null ; true ; 0 ; 1.5 ; []
";
