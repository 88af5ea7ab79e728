//! Rows for what belongs together, each judged by Docker Compose: in long forms, `+` accepted, `-` not.

/// The rows.
pub(super) const ROWS: &str = "
- {'services': {'a': {}}}
+ {'services': {'a': {'build': {'context': '.'}}}}
- {'services': {'a': {'image': ''}}}
+ {'services': {'a': {'build': {}}}}
+ {'services': {'a': {'provider': {'type': 'p'}}}}
+ {'services': {'a': {'provider': {'type': 'p'}, 'image': 'x', 'build': {'context': '.'}}}}
- {'services': {'a': {'use_api_socket': true}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'dockerfile': 'D', 'dockerfile_inline': 'FROM x'}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'build': {'context': '.', 'dockerfile_inline': 'FROM x'}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'build': {'context': '.', 'dockerfile': '', 'dockerfile_inline': 'FROM x'}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'platform': 'linux/amd64', 'build': {'context': '.', 'platforms': ['linux/arm64']}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'platform': 'linux/amd64', 'build': {'context': '.', 'platforms': ['linux/arm64', 'linux/amd64']}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'platform': 'linux/amd64', 'build': {'context': '.', 'platforms': []}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'platform': 'amd64', 'build': {'context': '.', 'platforms': ['linux/amd64']}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'network_mode': 'host', 'networks': {'x': null}}, 'b': {'image': 'y'}}, 'networks': {'x': null}}
+ {'services': {'a': {'image': 'x', 'network_mode': 'host', 'networks': {}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'network_mode': 'host', 'networks': {'default': null}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'network_mode': '', 'networks': {'x': null}}, 'b': {'image': 'y'}}, 'networks': {'x': null}}
- {'services': {'a': {'image': 'x', 'networks': {'x': null}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'networks': {'default': null}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'networks': {'x': null}}, 'b': {'image': 'y'}}, 'networks': {'x': {'external': true}}}
- {'services': {'a': {'image': 'x', 'healthcheck': {'test': ['curl']}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'healthcheck': {'test': []}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'healthcheck': {'test': ['']}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'healthcheck': {'test': ['NONE', 'a']}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'healthcheck': {'test': ['CMD']}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'healthcheck': {'test': ['cmd', 'a']}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'healthcheck': {'disable': true, 'test': ['curl']}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'healthcheck': {}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'c': {'condition': 'service_started'}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'c': {'condition': 'service_started', 'required': false}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'a': {'condition': 'service_started'}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'a': {'condition': 'service_started', 'required': false}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'y', 'depends_on': {'a': {'condition': 'service_started'}}}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'y', 'links': ['a']}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'y', 'volumes_from': ['a']}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'y', 'network_mode': 'service:a'}}}
- {'services': {'a': {'image': 'x', 'ipc': 'service:b'}, 'b': {'image': 'y', 'pid': 'service:a'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started', 'required': false}}}, 'b': {'image': 'y', 'depends_on': {'a': {'condition': 'service_started'}}}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'y', 'profiles': ['p']}}}
+ {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started', 'required': false}}}, 'b': {'image': 'y', 'profiles': ['p']}}}
- {'services': {'a': {'image': 'x', 'links': ['b']}, 'b': {'image': 'y', 'profiles': ['p']}}}
+ {'services': {'a': {'image': 'x', 'profiles': ['p'], 'depends_on': {'zz': {'condition': 'service_started'}}}}}
+ {'services': {'a': {'profiles': ['p']}}}
+ {'services': {'a': {'profiles': ['p'], 'image': 'x', 'networks': {'zz': null}}}}
- {'services': {'a': {'image': 'x', 'links': ['c']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'links': ['c:d']}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'links': ['b:d']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'links': ['b:d:e']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes_from': ['c']}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes_from': ['container:c']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes_from': ['c:ro']}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes_from': ['b:ro:x']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'network_mode': 'service:c'}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'network_mode': 'service:b'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'network_mode': 'service:a'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'network_mode': 'service:'}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'network_mode': 'container:zz'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ipc': 'service:c'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'pid': 'service:c'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'pid': 'service:a'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'uts': 'service:c'}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'uts': 'service:b'}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'userns_mode': 'service:c'}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cgroup_parent': 'service:c'}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes_from': ['service:b']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes_from': ['container']}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes_from': ['container:']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'links': [':c']}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'links': ['b:']}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'volume', 'source': 'vol', 'target': '/v'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'volume', 'source': 'vol', 'target': '/v'}]}, 'b': {'image': 'y'}}, 'volumes': {'vol': null}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'volume', 'target': '/v'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'volume', 'source': 'v', 'target': '/v'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'volume', 'source': '', 'target': '/v'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'bind', 'source': 'v', 'target': '/v'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'cluster', 'source': 'v', 'target': '/v'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'image', 'source': 'v', 'target': '/v'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'bind', 'target': '/v'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'bind', 'source': '/x'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'volume'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'tmpfs'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'image', 'target': '/x'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'volumes': [{'type': 'bind', 'source': '', 'target': '/v'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'tmpfs': ['/a', '/a:size=1']}}}
+ {'services': {'a': {'image': 'x', 'tmpfs': ['/a', '/a/']}}}
- {'services': {'a': {'image': 'x', 'tmpfs': ['/a:size=1'], 'volumes': [{'type': 'tmpfs', 'target': '/a'}]}}}
- {'services': {'a': {'image': 'x', 'volumes': [{'type': 'bind', 'source': '/s', 'target': '/a'}, {'type': 'tmpfs', 'target': '/a'}]}}}
+ {'services': {'a': {'image': 'x', 'profiles': ['z'], 'tmpfs': ['/a', '/a:size=1']}}}
+ {'services': {'a': {'image': 'x'}}, 'jobs': {'j': {'image': 'x', 'triggers': {'manual': true}, 'tmpfs': ['/a', '/a:x']}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'secrets': [{'source': 's'}]}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'build': {'context': '.', 'secrets': [{'source': 's'}]}}, 'b': {'image': 'y'}}, 'secrets': {'s': {'file': 'f'}}}
- {'services': {'a': {'image': 'x', 'configs': [{'source': 's'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'configs': [{'source': 's'}]}, 'b': {'image': 'y'}}, 'configs': {'s': {'content': 'f'}}}
- {'services': {'a': {'image': 'x', 'secrets': [{'source': 's'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'secrets': [{'source': 's'}]}, 'b': {'image': 'y'}}, 'secrets': {'s': {'file': 'f'}}}
- {'services': {'a': {'image': 'x', 'secrets': [{'target': 'x'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'secrets': [{'source': ''}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'models': {'m': null}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'models': {'m': null}}, 'b': {'image': 'y'}}, 'models': {'m': {'model': 'x'}}}
- {'services': {'a': {'image': 'x', 'scale': 2, 'deploy': {'replicas': 3}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'scale': 2, 'deploy': {'replicas': 2}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'scale': 2, 'deploy': {}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'scale': -1}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'scale': 0}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'deploy': {'replicas': -1}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'scale': 0, 'deploy': {'replicas': 1}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'cpus': 1, 'deploy': {'resources': {'limits': {'cpus': 2}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cpus': 1, 'deploy': {'resources': {'limits': {'cpus': 1}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'cpus': 1, 'deploy': {'resources': {'limits': {'memory': '1g'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'cpus': 1, 'deploy': {'resources': {'limits': {}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cpus': 1, 'deploy': {'resources': {}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cpus': 0.5, 'deploy': {'resources': {'limits': {'cpus': '0.50'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cpus': 0, 'deploy': {'resources': {'limits': {'cpus': 1}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cpus': '0.1', 'deploy': {'resources': {'limits': {'cpus': '0.1'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'cpus': 1, 'deploy': {'resources': {'limits': {'cpus': '0'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'cpus': 1.1, 'deploy': {'resources': {'limits': {'cpus': 1.1000000001}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'mem_limit': '1g', 'deploy': {'resources': {'limits': {'memory': '2g'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_limit': '1g', 'deploy': {'resources': {'limits': {'memory': '1024m'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'mem_limit': '1g', 'deploy': {'resources': {'limits': {'cpus': 1}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_limit': '1g', 'deploy': {'resources': {'reservations': {'memory': '1g'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_limit': 0, 'deploy': {'resources': {'limits': {'memory': '1g'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_limit': '0.5g', 'deploy': {'resources': {'limits': {'memory': '512m'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'mem_limit': -1, 'deploy': {'resources': {'limits': {'memory': '512m'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_limit': '1gb', 'deploy': {'resources': {'limits': {'memory': '1GiB'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_limit': 1073741824, 'deploy': {'resources': {'limits': {'memory': '1073741824b'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'mem_limit': 1073741825, 'deploy': {'resources': {'limits': {'memory': '1073741824b'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'mem_reservation': '1g', 'deploy': {'resources': {'reservations': {'memory': '2g'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'mem_reservation': '1g', 'deploy': {'resources': {'reservations': {'cpus': '1'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_reservation': '1g', 'deploy': {'resources': {'reservations': {'memory': '1g'}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'mem_reservation': '1g', 'deploy': {'resources': {'limits': {'memory': '1g'}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'pids_limit': 5, 'deploy': {'resources': {'limits': {'pids': 6}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'pids_limit': 5, 'deploy': {'resources': {'limits': {'pids': 5}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'pids_limit': 5, 'deploy': {'resources': {'limits': {'cpus': 1}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'pids_limit': -1, 'deploy': {'resources': {'limits': {'cpus': 1}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'pids_limit': 0, 'deploy': {'resources': {'limits': {'pids': 6}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'deploy': {'resources': {'limits': {'pids': 6}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'container_name': 'ab', 'scale': 2}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'container_name': 'ab', 'scale': 1}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'container_name': 'ab', 'scale': 0}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'container_name': 'ab', 'deploy': {'replicas': 2}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'container_name': 'ab', 'deploy': {'replicas': 1}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'container_name': 'ab'}, 'b': {'image': 'x', 'container_name': 'ab'}}}
+ {'services': {'a': {'image': 'x', 'container_name': 'ab'}, 'b': {'image': 'x', 'container_name': 'ab', 'profiles': ['z']}}}
+ {'services': {'a': {'image': 'x', 'container_name': 'p-b-1'}, 'b': {'image': 'x'}}}
- {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'sync'}]}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'sync', 'target': ''}]}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'sync+restart'}]}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'sync+exec', 'target': '/x'}]}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'sync+exec'}]}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'restart'}]}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'rebuild'}]}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': '', 'action': 'rebuild'}]}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'develop': {'watch': [{'path': 'p', 'action': 'sync', 'target': '/x'}]}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'file': ''}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'name': 'x'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'file': 'a', 'environment': 'b'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'environment': 'b'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'environment': ''}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'external': true}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'external': false}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'external': true, 'name': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'external': true, 'file': 'x'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'driver': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'driver': 'x', 'file': 'y'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'external': true, 'labels': {'a': 'b'}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'environment': '', 'file': 'x'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'external': true, 'environment': 'a', 'file': 'b'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'driver': 'x', 'external': true}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'content': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'content': ''}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'file': ''}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'content': 'x', 'file': 'y'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'environment': 'x', 'file': 'y'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'external': true}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'external': false}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'external': true, 'content': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'external': true, 'labels': ['a']}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'template_driver': 'x'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'secrets': {'s': {'template_driver': 'x'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'configs': {'s': {'external': true, 'environment': 'a', 'file': 'b'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'driver': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'name': 'x'}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'labels': {'a': 'b'}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'labels': {}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'driver': ''}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'driver_opts': {'a': 'b'}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': true, 'x-a': 'b'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'volumes': {'s': {'external': false, 'driver': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'networks': {'s': {'external': true, 'driver': 'x'}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'networks': {'s': {'external': true, 'internal': true}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'a': {'image': 'x', 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'networks': {'z': null}, 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'z': {'condition': 'service_started'}}, 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'a': {'condition': 'service_started'}}, 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'k': {'condition': 'service_started'}}, 'triggers': {'manual': true}}, 'k': {'image': 'x', 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'j': {'condition': 'service_started'}}, 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'secrets': [{'source': 'z'}], 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'network_mode': 'service:zz', 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'network_mode': 'service:a', 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'profiles': ['z'], 'depends_on': {'q': {'condition': 'service_started'}}, 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'volumes_from': ['zz'], 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'volumes': [{'type': 'bind', 'target': '/v'}], 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'devices': [{'source': '/v'}], 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'ports': [{'published': 80}], 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'gpus': [{'count': 80, 'device_ids': ['a']}], 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x'}, 'b': {'image': 'y'}}, 'jobs': {'j': {'image': 'x', 'healthcheck': {'test': ['foo']}, 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'j': {'condition': 'service_started'}}}}, 'jobs': {'j': {'image': 'x', 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'j': {'condition': 'service_started', 'required': false}}}}, 'jobs': {'j': {'image': 'x', 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x', 'profiles': ['z']}}, 'jobs': {'a': {'image': 'x', 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x'}}, 'jobs': {'a': {'image': 'x', 'profiles': ['z'], 'triggers': {'manual': true}}}}
- {'services': {'b': {'image': 'x', 'profiles': ['z']}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}, 'triggers': {'manual': true}}}}
+ {'services': {'b': {'image': 'x', 'profiles': ['z']}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started', 'required': false}}, 'triggers': {'manual': true}}}}
- {'services': {'b': {'image': 'x'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'k': {'condition': 'service_started', 'required': false}}, 'triggers': {'manual': true}}}}
- {'services': {'b': {'image': 'x'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'k': {'condition': 'service_started'}}, 'triggers': {'manual': true}}, 'k': {'image': 'x', 'profiles': ['z'], 'triggers': {'manual': true}}}}
- {'services': {'b': {'image': 'x', 'depends_on': {'k': {'condition': 'service_started'}}}}, 'jobs': {'k': {'image': 'x', 'profiles': ['z'], 'triggers': {'manual': true}}}}
- {'services': {'b': {'image': 'x', 'depends_on': {'k': {'condition': 'service_started', 'required': false}}}}, 'jobs': {'k': {'image': 'x', 'profiles': ['z'], 'triggers': {'manual': true}}}}
- {'services': {'b': {'image': 'x'}}, 'jobs': {'j': {'image': 'x', 'depends_on': {'k': {'condition': 'service_started', 'required': false}}, 'triggers': {'manual': true}}, 'k': {'image': 'x', 'profiles': ['z'], 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x', 'volumes_from': ['j']}}, 'jobs': {'j': {'image': 'x', 'triggers': {'manual': true}}}}
+ {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'build': {'context': '.'}, 'profiles': ['z']}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'image': 'z', 'profiles': ['z']}}}
+ {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'build': {'context': '.'}, 'provider': {'type': 'x'}}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:'}}}}}
+ {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'build': {'context': '.'}, 'depends_on': {'a': {'condition': 'service_started'}}}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:j'}}}}, 'jobs': {'j': {'build': {'context': '.'}, 'triggers': {'manual': true}}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'build': {'context': '.', 'additional_contexts': {'c': 'service:z'}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'build': {'context': '.'}}}}
+ {'services': {'a': {'build': {'context': '.', 'additional_contexts': {'c': 'service:a'}}}}}
+ {'services': {'a': {'build': {'context': '.', 'additional_contexts': {'c': 'service:b'}}}, 'b': {'build': {'context': '.', 'additional_contexts': {'c': 'service:a'}}}}}
+ {'jobs': {'j': {'build': {'context': '.', 'additional_contexts': {'c': 'service:q'}}, 'triggers': {'manual': true}}}}
+ {'services': {'a': {'profiles': ['z'], 'build': {'context': '.', 'additional_contexts': {'c': 'service:q'}}}}}
- {'services': {'a': {'provider': {'type': 'x'}, 'networks': {'q': null}}}}
- {'services': {'a': {'provider': {'type': 'x'}, 'depends_on': {'q': {'condition': 'service_started'}}}}}
- {'services': {'a': {'provider': {'type': 'x'}, 'healthcheck': {'test': ['a']}}}}
- {'services': {'a': {'provider': {'type': 'x'}, 'container_name': 'ab', 'scale': 3}}}
- {'services': {'a': {'image': 'x', 'pre_start': [{'volumes': [{'type': 'bind', 'target': '/v'}]}]}}}
+ {'services': {'a': {'image': 'x', 'pre_start': [{'volumes': [{'type': 'bind', 'source': '/v'}]}]}}}
+ {'services': {'a': {'image': 'x', 'pre_start': [{'gpus': [{'count': 1, 'device_ids': ['a']}]}]}}}
+ {'services': {'a': {'image': 'x', 'pre_start': [{'devices': [{'source': 'x'}]}]}}}
+ {'services': {'a': {'image': 'x', 'pre_start': [{'networks': ['zz']}]}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'x', 'depends_on': {'c': {'condition': 'service_started'}}}, 'c': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}}}}
+ {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}, 'c': {'condition': 'service_started'}}}, 'b': {'image': 'x', 'depends_on': {'d': {'condition': 'service_started'}}}, 'c': {'image': 'x', 'depends_on': {'d': {'condition': 'service_started'}}}, 'd': {'image': 'x'}}}
- {'services': {'a': {'image': 'x', 'depends_on': {'b': {'condition': 'service_started'}}, 'profiles': ['z']}, 'b': {'image': 'x', 'depends_on': {'a': {'condition': 'service_started'}}}}}
+ {'services': {'a': {'image': 'x', 'network_mode': 'host', 'links': ['b']}, 'b': {'image': 'x'}}}
- {'services': {'a': {'image': 'x', 'links': ['a']}}}
- {'services': {'a': {'image': 'x', 'deploy': {'resources': {'reservations': {'devices': [{'capabilities': ['gpu'], 'count': 1, 'device_ids': ['0']}]}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'deploy': {'resources': {'reservations': {'devices': [{'capabilities': ['gpu'], 'count': -1}]}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'deploy': {'resources': {'reservations': {'devices': [{'capabilities': ['gpu'], 'device_ids': []}]}}}}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'deploy': {'resources': {'reservations': {'devices': [{'capabilities': ['gpu'], 'count': 0, 'device_ids': ['a']}]}}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'gpus': [{'count': -1}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'gpus': [{'count': 1, 'device_ids': ['a']}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'gpus': [{'device_ids': ['a']}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'gpus': []}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'gpus': [{}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': 'x'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': '1.1.1.1'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': '::1'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': '[::1]'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': ''}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': '01.1.1.1'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': '::ffff:1.1.1.1'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': 'fe80::1%eth0'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'target': 80, 'host_ip': '1.1.1'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{'published': '80'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'ports': [{}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'ports': [{'target': 0}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'ports': [{'target': 1}]}, 'b': {'image': 'x', 'ports': [{'target': 1}]}}}
- {'services': {'a': {'image': 'x', 'devices': [{'source': 'x'}]}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'devices': [{'source': 'x', 'target': 'y'}]}, 'b': {'image': 'y'}}}
- {'services': {'a': {'image': 'x', 'profiles': ['z'], 'gpus': [{'count': 1, 'device_ids': ['a']}]}}}
- {'services': {'a': {'image': 'x', 'profiles': ['z'], 'ports': [{'target': 80, 'host_ip': 'x'}]}}}
+ {'services': {'a': {'image': 'x', 'profiles': ['z'], 'scale': -1}}}
- {'services': {'a': {'image': 'x', 'profiles': ['z'], 'develop': {'watch': [{'path': '', 'action': 'rebuild'}]}}}}
+ {'services': {'a': {'image': 'x', 'profiles': ['z'], 'container_name': 'ab', 'scale': 2}}}
- {'services': {'a': {'image': 'x', 'profiles': ['z'], 'volumes': [{'type': 'bind', 'target': '/v'}]}}}
- {'services': {'a': {'image': 'x', 'profiles': ['z'], 'volumes': [{'type': 'bind', 'source': '/v'}]}}}
+ {'services': {'a': {'image': 'x', 'profiles': ['z'], 'depends_on': {'b': {'condition': 'service_started'}}}, 'b': {'image': 'y', 'profiles': ['z'], 'depends_on': {'a': {'condition': 'service_started'}}}}}
+ {'services': {'a': {'image': 'x', 'container_name': 'ab', 'profiles': ['z']}, 'b': {'image': 'x', 'container_name': 'ab', 'profiles': ['z']}}}
+ {'services': {'a': {'image': 'x', 'network_mode': 'none', 'ports': [{'target': 1}]}}}
+ {'services': {'a': {'image': 'x', 'deploy': {'mode': 'global', 'replicas': 2}}}}
+ {'services': {'a': {'image': 'x', 'ulimits': {'nofile': {'soft': 2, 'hard': 1}}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'credential_spec': {'file': 'a', 'config': 'b'}}, 'b': {'image': 'y'}}}
+ {'services': {'a': {'image': 'x', 'networks': {'default': {'interface_name': 'eth0', 'driver_opts': {'com.docker.network.endpoint.ifname': 'eth1'}}}}, 'b': {'image': 'y'}}}
";
