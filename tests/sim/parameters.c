#include "tests/sim/parameters.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/compiler.h"

#define MY "aurora-mysql"
#define PG "aurora-postgresql"
#define SWITCH "0,1"
#define STATIC true
#define DYNAMIC false

/*
 * By name; of one name the longest beginning of a family comes first and is
 * the one that counts.
 */
/* clang-format off */
static const struct parameter table[] = {
	{ "activate_all_roles_on_login", "aurora-mysql8", NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "apg_plan_mgmt.capture_plan_baselines", PG, "off", "off,automatic,manual", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "apg_plan_mgmt.use_plan_baselines", PG, "false", "true,false", "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "archive_timeout", PG, NULL, NULL, "string", STATIC, LEVEL_BOTH, false },
	{ "array_nulls", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "aurora_enhanced_binlog", MY, "0", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "aurora_load_from_s3_role", "aurora-mysql5.7", NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "aurora_mask_password_hashes_type", MY, "1", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "aurora_parallel_query", MY, "OFF", "ON,OFF", "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "aurora_select_into_s3_role", "aurora-mysql5.7", NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "authentication_policy", "aurora-mysql8.4", "*,,", NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "authentication_timeout", PG, NULL, "1-600", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "auto_explain.log_analyze", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "auto_explain.log_buffers", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "auto_explain.log_min_duration", PG, NULL, "-1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "auto_explain.log_nested_statements", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "auto_explain.log_timing", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "auto_explain.log_verbose", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "autocommit", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum_analyze_threshold", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum_freeze_max_age", PG, NULL, "100000-2000000000", "integer", STATIC, LEVEL_BOTH, false },
	{ "autovacuum_max_workers", PG, NULL, "1-262143", "integer", STATIC, LEVEL_BOTH, false },
	{ "autovacuum_multixact_freeze_max_age", PG, NULL, "10000-2000000000", "integer", STATIC, LEVEL_BOTH, false },
	{ "autovacuum_naptime", PG, NULL, "1-2147483", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum_vacuum_cost_delay", PG, NULL, "-1-100", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum_vacuum_cost_limit", PG, NULL, "-1-10000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum_vacuum_threshold", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "autovacuum_work_mem", PG, NULL, "-1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "aws_default_lambda_role", MY, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "aws_default_logs_role", MY, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "aws_default_s3_role", MY, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "babelfishpg_tds.tds_ssl_encrypt", PG, "0", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "babelfishpg_tds.tds_ssl_max_protocol_version", PG, "TLSv1.2", "TLSv1,TLSv1.1,TLSv1.2", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "babelfishpg_tds.tds_ssl_min_protocol_version", PG, "TLSv1", "TLSv1,TLSv1.1,TLSv1.2", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "back_log", MY, NULL, "1-65535", "integer", STATIC, LEVEL_BOTH, false },
	{ "backend_flush_after", PG, NULL, "0-256", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "backslash_quote", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "binlog_backup", MY, "1", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "binlog_checksum", MY, NULL, "NONE,CRC32", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "binlog_format", MY, "OFF", "ROW,STATEMENT,MIXED,OFF", "string", STATIC, LEVEL_CLUSTER, false },
	{ "binlog_replication_globaldb", MY, "1", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "bulk_insert_buffer_size", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "bytea_output", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "character_set_client", MY, NULL, "armscii8,ascii,big5,binary,cp1250,cp1251,latin1,latin2,utf8,utf8mb3,utf8mb4", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "character_set_connection", MY, NULL, "armscii8,ascii,big5,binary,cp1250,cp1251,latin1,latin2,utf8,utf8mb3,utf8mb4", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "character_set_database", MY, NULL, "armscii8,ascii,big5,binary,cp1250,cp1251,latin1,latin2,utf8,utf8mb3,utf8mb4", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "character_set_filesystem", MY, NULL, "armscii8,ascii,big5,binary,cp1250,cp1251,latin1,latin2,utf8,utf8mb3,utf8mb4", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "character_set_results", MY, NULL, "armscii8,ascii,big5,binary,cp1250,cp1251,latin1,latin2,utf8,utf8mb3,utf8mb4", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "character_set_server", MY, NULL, "armscii8,ascii,big5,binary,cp1250,cp1251,latin1,latin2,utf8,utf8mb3,utf8mb4", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "check_function_bodies", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "client_min_messages", PG, NULL, "debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "collation_connection", MY, NULL, "ascii_bin,latin1_swedish_ci,utf8_general_ci,utf8mb4_0900_ai_ci,utf8mb4_bin,utf8mb4_general_ci,utf8mb4_unicode_ci", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "collation_server", MY, NULL, "ascii_bin,binary,latin1_bin,latin1_swedish_ci,utf8_general_ci,utf8mb4_0900_ai_ci,utf8mb4_bin,utf8mb4_general_ci,utf8mb4_unicode_ci", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "commit_delay", PG, NULL, "0-100000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "commit_siblings", PG, NULL, "0-1000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "connect_timeout", MY, NULL, "2-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "constraint_exclusion", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "cron.log_run", PG, NULL, SWITCH, "boolean", STATIC, LEVEL_BOTH, false },
	{ "cron.log_statement", PG, NULL, SWITCH, "boolean", STATIC, LEVEL_BOTH, false },
	{ "cron.max_running_jobs", PG, NULL, "5-100", "integer", STATIC, LEVEL_BOTH, false },
	{ "cron.use_background_workers", PG, NULL, SWITCH, "boolean", STATIC, LEVEL_BOTH, false },
	{ "deadlock_timeout", PG, NULL, "1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "debug_pretty_print", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "debug_print_parse", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "debug_print_plan", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "debug_print_rewritten", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "default_authentication_plugin", "aurora-mysql8.0", "mysql_native_password", "mysql_native_password", "string", STATIC, LEVEL_BOTH, true },
	{ "default_statistics_target", PG, NULL, "1-10000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "default_storage_engine", MY, "InnoDB", "InnoDB", "string", DYNAMIC, LEVEL_CLUSTER, true },
	{ "default_transaction_deferrable", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "default_transaction_isolation", PG, NULL, "serializable,repeatable read,read committed,read uncommitted", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "default_transaction_read_only", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "default_week_format", MY, NULL, "0-7", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "div_precision_increment", MY, NULL, "0-30", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "effective_cache_size", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "effective_io_concurrency", PG, NULL, "0-1000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_bitmapscan", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_hashagg", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_hashjoin", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_indexonlyscan", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_indexscan", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_material", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_mergejoin", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_nestloop", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_seqscan", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_sort", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enable_tidscan", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "end_markers_in_json", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "enforce_gtid_consistency", MY, "OFF", "OFF,ON,WARN", "string", STATIC, LEVEL_CLUSTER, false },
	{ "eq_range_index_dive_limit", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "escape_string_warning", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "event_scheduler", MY, NULL, "ON,OFF", "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "exit_on_error", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "explicit_defaults_for_timestamp", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "extra_float_digits", PG, NULL, "-15-3", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "flush", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "from_collapse_limit", PG, NULL, "1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "ft_max_word_len", MY, NULL, "10-84", "integer", STATIC, LEVEL_BOTH, false },
	{ "ft_min_word_len", MY, NULL, "1-84", "integer", STATIC, LEVEL_BOTH, false },
	{ "ft_query_expansion_limit", MY, NULL, "0-1000", "integer", STATIC, LEVEL_BOTH, false },
	{ "general_log", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "geqo", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "geqo_effort", PG, NULL, "1-10", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "geqo_generations", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "geqo_pool_size", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "geqo_threshold", PG, NULL, "2-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "gin_fuzzy_search_limit", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "gin_pending_list_limit", PG, NULL, "64-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "group_concat_max_len", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "gtid-mode", MY, "OFF_PERMISSIVE", "OFF,OFF_PERMISSIVE,ON,ON_PERMISSIVE", "string", STATIC, LEVEL_CLUSTER, false },
	{ "host_cache_size", MY, NULL, "0-65536", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "hot_standby_feedback", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "huge_pages", PG, NULL, NULL, "string", STATIC, LEVEL_BOTH, false },
	{ "idle_in_transaction_session_timeout", PG, "86400000", "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "init_connect", MY, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_adaptive_hash_index", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_autoinc_lock_mode", MY, "2", "0,1,2", "integer", STATIC, LEVEL_CLUSTER, true },
	{ "innodb_buffer_pool_size", MY, "{DBInstanceClassMemory*3/4}", "5242880-18446744073709551615", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_cmp_per_index_enabled", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_concurrency_tickets", MY, NULL, "1-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_default_row_format", MY, "DYNAMIC", "DYNAMIC,COMPACT,REDUNDANT", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "innodb_disable_sort_file_cache", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_file_per_table", MY, "1", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, true },
	{ "innodb_flush_log_at_trx_commit", MY, "1", "0-2", "integer", DYNAMIC, LEVEL_CLUSTER, false },
	{ "innodb_ft_cache_size", MY, NULL, "1600000-80000000", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_ft_enable_stopword", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_ft_max_token_size", MY, NULL, "10-84", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_ft_min_token_size", MY, NULL, "0-16", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_ft_num_word_optimize", MY, NULL, "1000-10000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_ft_result_cache_limit", MY, NULL, "1000000-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_lock_wait_timeout", MY, NULL, "1-1073741824", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_max_purge_lag", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_old_blocks_pct", MY, NULL, "5-95", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_old_blocks_time", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_online_alter_log_max_size", MY, "134217728", "65536-9223372036854775807", "integer", DYNAMIC, LEVEL_CLUSTER, false },
	{ "innodb_open_files", MY, NULL, "10-4294967295", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_optimize_fulltext_only", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_print_all_deadlocks", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_purge_threads", MY, "3", "1-32", "integer", STATIC, LEVEL_CLUSTER, false },
	{ "innodb_random_read_ahead", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_read_ahead_threshold", MY, NULL, "0-64", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_replication_delay", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_rollback_on_timeout", MY, "0", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "innodb_sort_buffer_size", MY, NULL, "65536-67108864", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_stats_on_metadata", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_stats_persistent_sample_pages", MY, NULL, "1-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_stats_transient_sample_pages", MY, NULL, "1-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_strict_mode", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "innodb_sync_array_size", MY, NULL, "1-1024", "integer", STATIC, LEVEL_BOTH, false },
	{ "innodb_sync_spin_loops", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_table_locks", MY, "1", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "innodb_thread_concurrency", MY, NULL, "0-1000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_thread_sleep_delay", MY, NULL, "0-1000000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "innodb_undo_log_truncate", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, true },
	{ "interactive_timeout", MY, NULL, "1-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "intervalstyle", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "join_buffer_size", MY, NULL, "128-18446744073709547520", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "join_collapse_limit", PG, NULL, "1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "keep_files_on_create", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "key_buffer_size", MY, NULL, "8-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "key_cache_age_threshold", MY, NULL, "100-18446744073709547520", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "key_cache_block_size", MY, NULL, "512-16384", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "key_cache_division_limit", MY, NULL, "1-100", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "lc_collate", PG, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, true },
	{ "lc_ctype", PG, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, true },
	{ "lo_compat_privileges", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "local_infile", MY, "1", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "local_infile", "mysql8.0", "1", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "lock_timeout", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "lock_wait_timeout", MY, NULL, "1-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_autovacuum_min_duration", PG, NULL, "-1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_bin_trust_function_creators", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_connections", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_destination", PG, "stderr", "stderr,csvlog", "list", DYNAMIC, LEVEL_BOTH, false },
	{ "log_disconnections", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_duration", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_error_verbosity", PG, NULL, "terse,default,verbose", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "log_error_verbosity", MY, NULL, "1-3", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_executor_stats", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_file_mode", PG, "0644", NULL, "string", DYNAMIC, LEVEL_BOTH, true },
	{ "log_hostname", PG, "0", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_line_prefix", PG, "%t:%r:%u@%d:[%p]:", NULL, "string", DYNAMIC, LEVEL_BOTH, true },
	{ "log_lock_waits", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_min_duration_statement", PG, NULL, "-1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_min_error_statement", PG, NULL, "debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "log_min_messages", PG, NULL, "debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "log_output", MY, "FILE", "FILE,TABLE,NONE", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "log_parser_stats", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_planner_stats", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_queries_not_using_indexes", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_replication_commands", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_rotation_age", PG, NULL, "1-1440", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_rotation_size", PG, NULL, "50000-1000000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_slow_admin_statements", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_slow_extra", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_statement", PG, NULL, "none,ddl,mod,all", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "log_statement_stats", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "log_temp_files", PG, NULL, "-1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "log_throttle_queries_not_using_indexes", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "logical_decoding_work_mem", PG, NULL, "64-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "long_query_time", MY, "10", "0-31536000", "float", DYNAMIC, LEVEL_BOTH, false },
	{ "low_priority_updates", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "lower_case_table_names", MY, "0", SWITCH, "integer", STATIC, LEVEL_CLUSTER, true },
	{ "maintenance_work_mem", PG, NULL, "1024-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_allowed_packet", MY, NULL, "1024-1073741824", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_binlog_size", MY, NULL, "4096-1073741824", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_connect_errors", MY, NULL, "1-9223372036854775807", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_connections", PG, "LEAST({DBInstanceClassMemory/9531392},5000)", "6-8388607", "integer", STATIC, LEVEL_BOTH, false },
	{ "max_connections", MY, "GREATEST({log(DBInstanceClassMemory/805306368)*45},{log(DBInstanceClassMemory/8187281408)*1000})", "1-16000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_error_count", MY, NULL, "0-65535", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_execution_time", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_files_per_process", PG, NULL, "64-2147483647", "integer", STATIC, LEVEL_BOTH, false },
	{ "max_heap_table_size", MY, NULL, "16384-1844674407370954752", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_join_size", MY, NULL, "1-18446744073709551615", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_length_for_sort_data", MY, NULL, "4-8388608", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_locks_per_transaction", PG, NULL, "10-2147483647", "integer", STATIC, LEVEL_BOTH, false },
	{ "max_logical_replication_workers", PG, NULL, "0-262143", "integer", STATIC, LEVEL_CLUSTER, false },
	{ "max_parallel_workers", PG, NULL, "0-1024", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_parallel_workers_per_gather", PG, NULL, "0-1024", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_points_in_geometry", MY, NULL, "3-1048576", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_pred_locks_per_transaction", PG, NULL, "64-2147483647", "integer", STATIC, LEVEL_BOTH, false },
	{ "max_prepared_stmt_count", MY, NULL, "0-1048576", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_prepared_transactions", PG, NULL, "0-262143", "integer", STATIC, LEVEL_BOTH, false },
	{ "max_replication_slots", PG, "20", "5-8388607", "integer", STATIC, LEVEL_CLUSTER, false },
	{ "max_seeks_for_key", MY, NULL, "1-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_sort_length", MY, NULL, "4-8388608", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_sp_recursion_depth", MY, NULL, "0-255", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_stack_depth", PG, NULL, "100-7680", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_standby_streaming_delay", PG, NULL, "-1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_user_connections", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "max_worker_processes", PG, NULL, "0-262143", "integer", STATIC, LEVEL_BOTH, false },
	{ "max_write_lock_count", MY, NULL, "1-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "min_examined_row_limit", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "myisam_max_sort_file_size", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "myisam_sort_buffer_size", MY, NULL, "4096-18446744073709551615", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "net_buffer_length", MY, NULL, "1024-1048576", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "net_read_timeout", MY, NULL, "1-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "net_retry_count", MY, NULL, "1-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "net_write_timeout", MY, NULL, "1-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "ngram_token_size", MY, NULL, "1-10", "integer", STATIC, LEVEL_BOTH, false },
	{ "old_passwords", MY, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "operator_precedence_warning", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "optimizer_prune_level", MY, NULL, "0-1", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "optimizer_search_depth", MY, NULL, "0-62", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "optimizer_switch", MY, NULL, NULL, "list", DYNAMIC, LEVEL_BOTH, false },
	{ "optimizer_trace_limit", MY, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "optimizer_trace_max_mem_size", MY, NULL, "0-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "optimizer_trace_offset", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "parallel_setup_cost", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "parser_max_mem_size", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "password_encryption", PG, NULL, "md5,scram-sha-256", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "performance_schema", MY, "0", SWITCH, "boolean", STATIC, LEVEL_BOTH, false },
	{ "performance_schema_accounts_size", MY, NULL, "-1-1048576", "integer", STATIC, LEVEL_BOTH, false },
	{ "performance_schema_digests_size", MY, NULL, "-1-1048576", "integer", STATIC, LEVEL_BOTH, false },
	{ "performance_schema_hosts_size", MY, NULL, "-1-1048576", "integer", STATIC, LEVEL_BOTH, false },
	{ "performance_schema_instrument", MY, NULL, NULL, "string", STATIC, LEVEL_BOTH, false },
	{ "performance_schema_users_size", MY, NULL, "-1-1048576", "integer", STATIC, LEVEL_BOTH, false },
	{ "pg_hint_plan.debug_print", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "pg_hint_plan.enable_hint", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "pg_stat_statements.max", PG, NULL, "100-2147483647", "integer", STATIC, LEVEL_BOTH, false },
	{ "pg_stat_statements.save", PG, NULL, SWITCH, "boolean", STATIC, LEVEL_BOTH, false },
	{ "pg_stat_statements.track", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "pg_stat_statements.track_utility", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.log", PG, NULL, "ddl,function,misc,read,role,write,none,all,-ddl,-function,-misc,-read,-role,-write", "list", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.log_catalog", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.log_level", PG, NULL, "debug5,debug4,debug3,debug2,debug1,info,notice,warning,log", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.log_parameter", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.log_relation", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.log_statement_once", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "pgaudit.role", PG, NULL, "rds_pgaudit", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "preload_buffer_size", MY, NULL, "1024-1073741824", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "profiling_history_size", MY, NULL, "0-100", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "query_alloc_block_size", MY, NULL, "1024-4294967295", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "query_prealloc_size", MY, NULL, "8192-18446744073709547520", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "quote_all_identifiers", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "random_page_cost", PG, NULL, "0-1.79769e+308", "float", DYNAMIC, LEVEL_BOTH, false },
	{ "range_alloc_block_size", MY, NULL, "4096-18446744073709547520", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "rds.accepted_password_auth_method", PG, "md5+scram", "md5+scram,scram", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "rds.allowed_extensions", PG, "*", "address_standardizer,aws_commons,aws_lambda,aws_s3,btree_gin,hstore,pg_stat_statements,pg_trgm,pgaudit,pgcrypto,plpgsql,postgis,uuid-ossp,*", "list", DYNAMIC, LEVEL_CLUSTER, false },
	{ "rds.babelfish_status", PG, "off", "on,off,datadirectoryonly", "string", STATIC, LEVEL_CLUSTER, false },
	{ "rds.force_admin_logging_level", PG, NULL, "disabled,debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "rds.force_autovacuum_logging_level", PG, "warning", "disabled,debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic", "string", DYNAMIC, LEVEL_BOTH, false },
	{ "rds.force_ssl", "aurora-postgresql17", "1", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "rds.force_ssl", PG, "0", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "rds.force_ssl", "postgres16", "1", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "rds.global_db_rpo", PG, NULL, "20-2147483647", "integer", DYNAMIC, LEVEL_CLUSTER, false },
	{ "rds.log_retention_period", PG, "4320", "1440-10080", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "rds.logical_replication", PG, "0", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "rds.restrict_password_commands", PG, NULL, SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "read_buffer_size", MY, NULL, "8200-2147479552", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "read_only", MY, "{TrueIfReplica}", "0,1,{TrueIfReplica}", "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "read_rnd_buffer_size", MY, NULL, "1-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "require_secure_transport", "aurora-mysql8.4", "ON", "ON,OFF", "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "require_secure_transport", MY, "OFF", "ON,OFF", "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "require_secure_transport", "mysql8.0", "0", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "row_security", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "search_path", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "secure_auth", "aurora-mysql5.7", "1", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, true },
	{ "secure_file_priv", MY, "/tmp", NULL, "string", STATIC, LEVEL_BOTH, true },
	{ "seq_page_cost", PG, NULL, "0-1.79769e+308", "float", DYNAMIC, LEVEL_BOTH, false },
	{ "server_audit_events", MY, NULL, "CONNECT,QUERY,QUERY_DCL,QUERY_DDL,QUERY_DML,TABLE", "list", DYNAMIC, LEVEL_CLUSTER, false },
	{ "server_audit_excl_users", MY, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "server_audit_incl_users", MY, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "server_audit_logging", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "server_audit_logs_upload", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_CLUSTER, false },
	{ "server_encoding", PG, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, true },
	{ "server_id", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_CLUSTER, true },
	{ "server_uuid", MY, NULL, NULL, "string", DYNAMIC, LEVEL_CLUSTER, true },
	{ "session_preload_libraries", PG, NULL, NULL, "list", DYNAMIC, LEVEL_BOTH, false },
	{ "session_replication_role", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "shared_buffers", PG, "{DBInstanceClassMemory/12038}-50003", "16-1073741823", "integer", STATIC, LEVEL_BOTH, false },
	{ "shared_preload_libraries", PG, "pg_stat_statements", "auto_explain,orafce,pgaudit,pglogical,pg_bigm,pg_cron,pg_hint_plan,pg_prewarm,pg_similarity,pg_stat_statements,pg_tle,plprofiler", "list", STATIC, LEVEL_BOTH, false },
	{ "show_compatibility_56", MY, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "skip_name_resolve", MY, "1", SWITCH, "boolean", STATIC, LEVEL_BOTH, true },
	{ "skip_show_database", MY, NULL, SWITCH, "boolean", STATIC, LEVEL_BOTH, false },
	{ "slow_launch_time", MY, NULL, "0-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "slow_query_log", MY, "0", SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "sort_buffer_size", MY, NULL, "32768-18446744073709551615", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "sql_mode", MY, NULL, "ALLOW_INVALID_DATES,ANSI_QUOTES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,STRICT_TRANS_TABLES", "list", DYNAMIC, LEVEL_BOTH, false },
	{ "sql_select_limit", MY, NULL, NULL, "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "ssl", PG, "1", SWITCH, "boolean", STATIC, LEVEL_CLUSTER, false },
	{ "ssl_ca_file", PG, "/rdsdbdata/rds-metadata/ca-cert.pem", NULL, "string", STATIC, LEVEL_CLUSTER, true },
	{ "ssl_cert_file", PG, "/rdsdbdata/rds-metadata/server-cert.pem", NULL, "string", STATIC, LEVEL_CLUSTER, true },
	{ "ssl_cipher", MY, NULL, NULL, "list", STATIC, LEVEL_CLUSTER, false },
	{ "ssl_ciphers", PG, NULL, "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "list", DYNAMIC, LEVEL_CLUSTER, false },
	{ "ssl_key_file", PG, "/rdsdbdata/rds-metadata/server-key.pem", NULL, "string", STATIC, LEVEL_CLUSTER, true },
	{ "ssl_max_protocol_version", PG, NULL, "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "ssl_min_protocol_version", PG, "TLSv1.2", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "standard_conforming_strings", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "statement_timeout", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "stored_program_cache", MY, NULL, "256-524288", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "synchronize_seqscans", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "synchronous_commit", PG, "on", "local,on,off", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "table_definition_cache", MY, NULL, "400-524288", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "table_open_cache", MY, NULL, "1-524288", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "table_open_cache_instances", MY, NULL, "1-64", "integer", STATIC, LEVEL_BOTH, false },
	{ "tcp_keepalives_count", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "tcp_keepalives_idle", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "tcp_keepalives_interval", PG, NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "temp_buffers", PG, NULL, "100-1073741823", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "thread_cache_size", MY, NULL, "0-16384", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "thread_stack", MY, NULL, "131072-18446744073709547520", "integer", STATIC, LEVEL_BOTH, false },
	{ "time_zone", MY, "UTC", "UTC,Europe/Berlin,Europe/London,US/Eastern,Asia/Tokyo", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "timezone", PG, "UTC", "UTC,Europe/Berlin,Europe/London,America/New_York,Asia/Tokyo", "string", DYNAMIC, LEVEL_CLUSTER, false },
	{ "tls_version", "aurora-mysql8.4", "TLSv1.2,TLSv1.3", "TLSv1.2,TLSv1.3", "list", STATIC, LEVEL_CLUSTER, false },
	{ "tls_version", "aurora-mysql5.7", NULL, "TLSv1,TLSv1.1,TLSv1.2", "list", STATIC, LEVEL_CLUSTER, false },
	{ "tls_version", MY, NULL, "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", "list", STATIC, LEVEL_CLUSTER, false },
	{ "tmp_table_size", MY, NULL, "1024-18446744073709551615", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "track_activities", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "track_activity_query_size", PG, NULL, "100-1048576", "integer", STATIC, LEVEL_BOTH, false },
	{ "track_counts", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "track_functions", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "track_io_timing", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "transaction_alloc_block_size", MY, NULL, "1024-131072", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "transaction_isolation", MY, NULL, NULL, "string", STATIC, LEVEL_BOTH, false },
	{ "transaction_prealloc_size", MY, NULL, "1024-131072", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "transform_null_equals", PG, NULL, SWITCH, "boolean", DYNAMIC, LEVEL_BOTH, false },
	{ "updatable_views_with_limit", MY, NULL, "0-1", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "vacuum_cost_delay", PG, NULL, "0-100", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "vacuum_cost_limit", PG, NULL, "1-10000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "vacuum_freeze_min_age", PG, NULL, "0-1000000000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "vacuum_freeze_table_age", PG, NULL, "0-2000000000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "validate_password_length", "aurora-mysql5.7", NULL, "0-2147483647", "integer", DYNAMIC, LEVEL_BOTH, true },
	{ "validate_password_policy", "aurora-mysql5.7", NULL, "LOW,MEDIUM,STRONG", "string", DYNAMIC, LEVEL_BOTH, true },
	{ "wait_timeout", MY, NULL, "1-31536000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "wal_receiver_timeout", PG, NULL, "0-3600000", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "wal_sender_timeout", PG, "60000", "0-3600000", "integer", DYNAMIC, LEVEL_CLUSTER, false },
	{ "work_mem", PG, NULL, "64-2147483647", "integer", DYNAMIC, LEVEL_BOTH, false },
	{ "xmlbinary", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
	{ "xmloption", PG, NULL, NULL, "string", DYNAMIC, LEVEL_BOTH, false },
};
/* clang-format on */

static const char *const families[] = {
	"aurora-mysql5.7",
	"aurora-mysql8.0",
	"aurora-mysql8.4",
	"aurora-postgresql13",
	"aurora-postgresql14",
	"aurora-postgresql15",
	"aurora-postgresql16",
	"aurora-postgresql17",
	"docdb5.0",
	"mysql8.0",
	"neptune1.3",
	"postgres16",
};

bool parameter_family(const char *family)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(families[i], family))
			return true;
	return false;
}

static bool belongs(const struct parameter *row, const char *family,
		    bool cluster)
{
	return !strncmp(row->family, family, strlen(row->family)) &&
	       (cluster || row->level == LEVEL_BOTH);
}

/* The first row whose name is not before this one. */
static size_t first_of(const char *name)
{
	size_t low = 0, high = ARRAY_SIZE(table);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(table[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct parameter *parameter_find(const char *family, bool cluster,
				       const char *name)
{
	for (size_t i = first_of(name);
	     i < ARRAY_SIZE(table) && !strcmp(table[i].name, name); i++)
		if (belongs(&table[i], family, cluster))
			return &table[i];
	return NULL;
}

const struct parameter *parameter_next(const char *family, bool cluster,
				       const char *after)
{
	for (size_t i = after ? first_of(after) : 0; i < ARRAY_SIZE(table); i++)
		if ((!after || strcmp(table[i].name, after) > 0) &&
		    belongs(&table[i], family, cluster))
			return &table[i];
	return NULL;
}

/* ---- valid values ------------------------------------------------------- */

/* "1-65535", "-1-2147483647": two numbers with a hyphen between them. */
static bool is_range(const char *allowed, double *ret_low, double *ret_high)
{
	char *end = NULL;

	*ret_low = strtod(allowed, &end);
	if (end == allowed || *end != '-')
		return false;
	const char *second = end + 1;
	*ret_high = strtod(second, &end);
	return end != second && !*end;
}

static bool is_word(const char *allowed, const char *value, size_t len)
{
	for (const char *at = allowed; *at;) {
		size_t word = strcspn(at, ",");
		if (word == len && !strncmp(at, value, len))
			return true;
		at += word + (at[word] == ',');
	}
	return false;
}

static bool is_list_of_words(const char *allowed, const char *value)
{
	for (const char *at = value;; at++) {
		size_t len = strcspn(at, ",");
		if (!len || !is_word(allowed, at, len))
			return false;
		at += len;
		if (!*at)
			return true;
	}
}

bool parameter_allows(const struct parameter *parameter, const char *value)
{
	double low, high;
	char *end = NULL;

	if (strchr(value, '{') || !parameter->allowed)
		return true;
	if (is_range(parameter->allowed, &low, &high)) {
		double number = strtod(value, &end);
		return end != value && !*end && number >= low && number <= high;
	}
	if (!strcmp(parameter->type, "list"))
		return is_list_of_words(parameter->allowed, value);
	return is_word(parameter->allowed, value, strlen(value));
}
