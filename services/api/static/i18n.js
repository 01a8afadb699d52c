// What the page says, in Chinese and English. `{name}` is replaced; before a `|` stand the words for a count of one.

export const WORDS = {
  zh: {
    title: "公报事件", skip: "跳到结果", tools: "工具", other_language: "English",
    search: "搜索", search_label: "在原文语句中搜索", search_hint: "原文中的词，如：签约 智能", subscribe: "订阅",
    theme_auto: "外观：自动", theme_light: "外观：浅色", theme_dark: "外观：深色",
    filters: "筛选", filters_count: "筛选（{count}）", active_filters: "已选条件", clear: "清除全部", remove: "去掉条件：{what}", results: "结果",
    count: "{count} 件事实", count_reports: "{count} 条报道", count_events: "{count} 件", loading: "正在查询…", overview: "概览",
    sort: "排序", "sort:-published_on": "最新发布", "sort:published_on": "最早发布", "sort:-amount": "金额从大到小", "sort:amount": "金额从小到大",
    "sort:-period_end": "时间最晚", "sort:period_end": "时间最早", all_reports: "逐条显示重复报道",
    event_type: "类型", stage: "项目阶段", metric: "投资指标", level: "荣誉级别", status: "状态", region_code: "地区", region: "地名",
    project: "项目名称", organization: "建设单位", subject: "资金投向", recipient: "获奖者", honor: "荣誉名称", q: "原文", bulletin_id: "公报", fact_id: "同一事实",
    amount: "金额（亿元）", amount_min: "金额不低于", amount_max: "金额不高于", period: "发生时间", period_from: "发生于…之后", period_to: "发生于…之前",
    published: "发布日期", published_from: "发布于…之后", published_to: "发布于…之前", from: "从", to: "到", names: "名称", apply: "应用",
    investment_report: "投资", project_milestone: "项目进展", accolade: "荣誉",
    signed: "签约", approved: "获批", started: "开工", under_construction: "在建", topped_out: "封顶", completed: "竣工",
    operational: "投产投用", at_capacity: "达产",
    total_investment: "总投资", annual_planned_investment: "年度计划投资", completed_investment: "完成投资", fixed_asset_investment: "固定资产投资",
    contracted_amount: "签约金额", funding: "到位资金", other: "其他投资",
    international: "国际级", national: "国家级", provincial: "省级", municipal: "市级", district: "区县级",
    actual: "已发生", planned: "计划", since: "{day} 起", until: "至 {day}", published_on: "{day} 发布", undated: "无日期",
    reports: "{count} 次报道", projects: "{count} 个项目", growth: "同比 {percent}%", done: "完成 {percent}%", plan_done: "占计划 {percent}%",
    rank_in: "{scope}第 {position}", evidence: "查看原文", timeline: "项目历程", more: "再看 {count} 条", all_shown: "已全部显示",
    histogram: "时间分布", by_period: "按发生时间", by_published: "按发布日期", no_dates: "这些事件没有可用的日期。", start: "起始", events: "事件", sum: "金额合计",
    as_table: "以表格显示", chart_of: "柱状图：{count} 个时段，共 {total} 件；最多在 {most}。",
    in_period: "只看 {what}", regions: "地区排行", whole_country: "全国", no_regions: "这些事件没有地区。",
    back: "返回概览", close: "关闭", previous: "上一处", next: "下一处", place: "第 {number} / {count} 处", events_here: "本公报中的事件", source: "来源",
    only_here: "只看本公报的事件", replaced: "来源已更换这篇文本，其中的事件不再有效。", no_bulletin: "索引中没有这篇公报。",
    rule: "规则", confidence: "置信度", department: "供稿", first_events: "只标出前 {count} 处，共 {total} 处。",
    timeline_title: "项目历程", everywhere: "不限地区", timeline_none: "没有找到该项目的事件。", days_late: "{count} 天", delays: "计划与实际", late: "晚于计划", postponed: "计划推迟", not_reported: "已过期，未见报道", replanned: "改为 {day}", reached: "实际 {day}", plan: "计划 {day}", all_reports_of: "报道（{count}）", show_all_of: "只看该项目的事件",
    none: "没有符合条件的事件", none_hint: "去掉一个条件，或换一个词再试：", none_at_all: "索引中还没有事件",
    none_at_all_hint: "把公报文本放入监视文件夹，数秒后就会出现在这里；bulletins status 显示各服务是否在运行。",
    problem_503: "索引暂时不能回答", problem_503_hint: "已收集的事件不会丢失。请看 bulletins status 与 /readyz；稍后会自动重试。",
    problem_0: "API 没有应答", problem_0_hint: "请确认 bulletins api 正在运行，然后重试。", problem_422: "有一个条件无法理解", problem_422_hint: "请修改或去掉它：",
    problem_401: "这个 API 需要密钥", problem_401_hint: "密钥由 bulletins keys create 生成；只在本标签页打开期间保存。", api_key: "API 密钥", use_key: "使用",
    problem_429: "请求过于频繁", problem_429_hint: "稍后会自动重试。", problem: "查询失败", problem_hint: "请重试；若仍失败，请看 API 的日志。",
    problem_page: "本页出错", problem_page_hint: "请重新载入本页；若仍出错，请报告这一错误：",
    open_422: "无法按这个地址打开", open_422_hint: "请检查地址，或关闭后从列表中打开：", open_429: "请求过于频繁", open_429_hint: "请稍候，然后重试。",
    open_503: "索引暂时不能回答", open_503_hint: "已收集的事件不会丢失。请看 bulletins status 与 /readyz，然后重试。", open_failed: "无法打开", open_failed_hint: "请重试；若仍失败，请看 API 的日志。",
    form_amount: "应为以元计的数字，下限不大于上限。", form_day: "应写作 YYYY-MM-DD，起始日不晚于结束日。", form_region: "应为六位行政区划代码（GB/T 2260），如 410106。", form_id: "应为本 API 给出的编号。", form_choice: "没有这个值。", form_text: "应为 1 至 200 个字。", api_says: "API 的说明：",
    retry: "重试", retry_in: "{seconds} 秒后重试", part_failed: "这一部分没有查到：{detail}",
    sub_title: "订阅这一查询", sub_intro: "当前的筛选条件：{filters}", sub_everything: "全部事件", sub_live: "在本页实时接收", sub_live_hint: "新事件到达时在结果上方提示（SSE）。",
    sub_live_key: "需要密钥的 API 不能由浏览器直接订阅；请用下面的命令，并加上 -H 'Authorization: Bearer …'。", sub_start: "开始", sub_stop: "停止", sub_atom: "Atom 订阅源", sub_atom_hint: "放入任何阅读器。", sub_http: "程序：SSE 流", sub_kafka: "程序：Kafka 主题",
    sub_kafka_hint: "每种类型一个主题，键为 bulletin_id。", sub_cli: "命令行", copy: "复制", copied: "已复制", share: "本页的链接",
    live_on: "实时接收中", live_new: "有 {count} 条新事件", live_show: "显示", live_broken: "连接中断，正在重连…",
    line_breaks: "原文换行", chars_in_quote: "原文",
  },
  en: {
    title: "Bulletin events", skip: "Skip to results", tools: "Tools", other_language: "中文",
    search: "Search", search_label: "Search the quoted words", search_hint: "Words of the bulletins, e.g. 签约 智能", subscribe: "Subscribe",
    theme_auto: "Theme: auto", theme_light: "Theme: light", theme_dark: "Theme: dark",
    filters: "Filters", filters_count: "Filters ({count})", active_filters: "Active filters", clear: "Clear all", remove: "Remove filter: {what}", results: "Results",
    count: "{count} fact|{count} facts", count_reports: "{count} report|{count} reports", count_events: "{count} event|{count} events", loading: "Searching…", overview: "Overview",
    sort: "Sort by", "sort:-published_on": "Newest published", "sort:published_on": "Oldest published", "sort:-amount": "Largest amount", "sort:amount": "Smallest amount",
    "sort:-period_end": "Latest period", "sort:period_end": "Earliest period", all_reports: "Show repeated reports",
    event_type: "Type", stage: "Project stage", metric: "Investment measure", level: "Honour level", status: "Status", region_code: "Region", region: "Place name",
    project: "Project", organization: "Organisation", subject: "Money goes into", recipient: "Recipient", honor: "Honour", q: "Words", bulletin_id: "Bulletin", fact_id: "Same fact",
    amount: "Amount (亿元, 100 million)", amount_min: "At least", amount_max: "At most", period: "When it happened", period_from: "Happened after", period_to: "Happened before",
    published: "Published", published_from: "Published after", published_to: "Published before", from: "from", to: "to", names: "Names", apply: "Apply",
    investment_report: "Investment", project_milestone: "Milestone", accolade: "Accolade",
    signed: "Signed", approved: "Approved", started: "Started", under_construction: "Under construction", topped_out: "Topped out", completed: "Completed",
    operational: "Operational", at_capacity: "At capacity",
    total_investment: "Total investment", annual_planned_investment: "Planned this year", completed_investment: "Completed investment",
    fixed_asset_investment: "Fixed-asset investment", contracted_amount: "Contracted", funding: "Funding", other: "Other investment",
    international: "International", national: "National", provincial: "Provincial", municipal: "Municipal", district: "District",
    actual: "Actual", planned: "Planned", since: "since {day}", until: "by {day}", published_on: "published {day}", undated: "undated",
    reports: "{count} report|{count} reports", projects: "{count} project|{count} projects", growth: "{percent}% on the year", done: "{percent}% done", plan_done: "{percent}% of plan",
    rank_in: "no. {position} of {scope}", evidence: "Evidence", timeline: "Timeline", more: "Show {count} more", all_shown: "All shown",
    histogram: "Over time", by_period: "When it happened", by_published: "When published", no_dates: "None of these events has such a date.",
    start: "From", events: "Events", sum: "Sum of amounts", as_table: "Show as table",
    chart_of: "Bar chart: {count} interval, events in all: {total}; most in {most}.|Bar chart: {count} intervals, events in all: {total}; most in {most}.",
    in_period: "Only {what}", regions: "Regions", whole_country: "All of China", no_regions: "None of these events has a region.",
    back: "Back to overview", close: "Close", previous: "Previous", next: "Next", place: "{number} of {count}", events_here: "Events in this bulletin", source: "Source",
    only_here: "Only this bulletin's events", replaced: "Its source has replaced this text: its events no longer hold.", no_bulletin: "The index has no such bulletin.",
    rule: "Rule", confidence: "Confidence", department: "Credited to", first_events: "The first {count} of {total} are marked.",
    timeline_title: "Project timeline", everywhere: "In all places", timeline_none: "No events of this project were found.", days_late: "{count} day|{count} days", delays: "Planned and actual", late: "Later than planned", postponed: "Postponed", not_reported: "Overdue, not reported", replanned: "moved to {day}", reached: "actual {day}", plan: "planned {day}", all_reports_of: "Reports ({count})", show_all_of: "Only this project's events",
    none: "No events match", none_hint: "Remove a filter or try another word:", none_at_all: "The index has no events yet",
    none_at_all_hint: "Put bulletin texts into a watched folder; they show up here within seconds. `bulletins status` tells whether all services run.",
    problem_503: "The index cannot answer right now", problem_503_hint: "Nothing that was collected is lost. `bulletins status` and /readyz tell more; this page tries again by itself.",
    problem_0: "The API does not answer", problem_0_hint: "Check that `bulletins api` is running, then try again.", problem_422: "One of the filters cannot be understood", problem_422_hint: "Change or remove it:",
    problem_401: "This API asks for a key", problem_401_hint: "`bulletins keys create` makes one. It is kept as long as this tab is open.", api_key: "API key", use_key: "Use it",
    problem_429: "Too many requests", problem_429_hint: "This page tries again by itself.", problem: "The search failed", problem_hint: "Try again; if it keeps failing, the API's log has the reason.",
    problem_page: "This page has made an error", problem_page_hint: "Load it again; if the error comes again, report it:",
    open_422: "This address cannot be opened", open_422_hint: "Correct the address, or close this and open it from the list:", open_429: "Too many requests", open_429_hint: "Wait a moment, then try again.",
    open_503: "The index cannot answer right now", open_503_hint: "Nothing that was collected is lost. `bulletins status` and /readyz tell more; then try again.", open_failed: "This cannot be opened", open_failed_hint: "Try again; if it keeps failing, the API's log has the reason.",
    form_amount: "is a number of yuan, the lower end not above the upper.", form_day: "is written YYYY-MM-DD, the first day not after the last.", form_region: "is six digits of GB/T 2260, for example 410106.", form_id: "is an id as the API gives it.", form_choice: "has no such value.", form_text: "is 1 to 200 characters.", api_says: "The API says: ",
    retry: "Try again", retry_in: "Trying again in {seconds} s", part_failed: "This part could not be loaded: {detail}",
    sub_title: "Subscribe to this query", sub_intro: "Filters now: {filters}", sub_everything: "all events", sub_live: "Live on this page", sub_live_hint: "Tells above the results when new events arrive (SSE).",
    sub_live_key: "A browser cannot show a key to a stream; use the command below with -H 'Authorization: Bearer …'.", sub_start: "Start", sub_stop: "Stop", sub_atom: "Atom feed", sub_atom_hint: "For any feed reader.", sub_http: "Programs: SSE stream", sub_kafka: "Programs: Kafka topics",
    sub_kafka_hint: "One topic for each type; the key is bulletin_id.", sub_cli: "Command line", copy: "Copy", copied: "Copied", share: "Link to this page",
    live_on: "Receiving live", live_new: "{count} new event|{count} new events", live_show: "Show", live_broken: "Connection lost, trying again…",
    line_breaks: "Original lines", chars_in_quote: "Text of the bulletin",
  },
};

let language = "zh";

export const LANGUAGES = Object.keys(WORDS);
export const current = () => language;

export function use(wanted) {
  language = LANGUAGES.includes(wanted) ? wanted : "zh";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The words for `key`; the key itself where there are none (a value that a newer API knows). */
export function t(key, values = {}) {
  // A key may come from an address: `constructor` is no word of ours, and what it says stays as it is.
  if (!Object.hasOwn(WORDS[language], key)) return key;
  const [one, many = one] = WORDS[language][key].split("|");
  const words = String(values.count) === "1" ? one : many;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}
