// Which events are of one project, so that its timeline can be asked for: a batch, a class of projects, a sector or a place has none.

// What is longer is a name. The words below can be cut in many ways (1, 11, 111 are figures each), so a class is found from place to place, each
// looked at once; one pattern that repeats them would try every way of cutting what ends as no class, for seconds.
const LONGEST_CLASS = 30;
// Words that are said of projects in general. What is made of them alone names none: 市级重点项目, 2024年第四季度新开工项目, 工业, 基础设施.
const GENERAL = [
  "国家|中央|本级|本地|[国省市县区旗州盟镇乡]|[两三四]?级|[全我该本此各等及和与、的类]|以[上下]|其他|其它|所有|全部|一批|多个|若干|年度|今年|去年|\\d{4}年|[上下]半年|第?[一二三四]季度|\\d{1,2}月份?",
  "[\\d一二三四五六七八九十百]+[个项大]|[\\d.百千万亿]+元?|第[一二三]|[一二三四五]期",
  "重点|重大|大|新|在建|[新续改扩拟]建|储备|前期|谋划|新?签约|新?开工|竣工|完工|建成|投产|投用|落地|入库|在库|列统|集中|专项|合计|小计",
  "产业|工业|农业|企业|服务业|制造业|房地产|开发|技改|技术改造|高新?技术|战略性|新兴|民生|实事|基础设施|社会事业|公共服务|生态|环保|交通|水利|能源|文旅|旅游|城建|市政|园区|片区|全社会|民间|招商|引资|政府|投资|建设",
].join("|");
const WORD = new RegExp(`^(?:${GENERAL})$`, "u");
const END = /^(?:项目|項目|工程)?(?:建设)?$/u;
const PLACE = /^(?:[\u4e00-\u9fff]{1,6}(?:[省县旗州盟乡]|(?<![超门夜])市|(?<!小)镇|自治区|开发区|高新区|经开区|街道)|[\u4e00-\u9fff]{1,4}(?<![园校院库厂矿景街片住社小灌牧新])区)$/u;
// What money is called, whatever it goes into, who takes it, and sectors.
const OTHER = /(?:投资|资金|[内外]资|债券?|贷款|基金|经费|补助|授信|公司|集团|业)$/u;

/** The name of the one project that an event is about, or null. */
export function projectOf(event) {
  if (typeof event.project_count === "number") return null;
  const milestone = event.event_type === "project_milestone";
  const name = milestone ? event.project : event.event_type === "investment_report" ? event.subject : null;
  if (!name || isClass(name)) return null;
  return milestone || !(name === event.region || PLACE.test(name) || OTHER.test(name)) ? name : null;
}

/** Whether a name is general words from its beginning to its end, and the word for a project. */
function isClass(name) {
  if (name.length > LONGEST_CLASS) return false;
  // Where the general words from the beginning can end. A set goes on through what is added to it.
  const ends = new Set([0]);
  for (const from of ends) {
    if (END.test(name.slice(from))) return true;
    for (let to = from + 1; to <= name.length; to += 1) if (WORD.test(name.slice(from, to))) ends.add(to);
  }
  return false;
}
