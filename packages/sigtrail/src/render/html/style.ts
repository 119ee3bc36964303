import { createHash } from 'node:crypto';

/** All the styling of a page: no font, image or rule comes from elsewhere, and no element has its own `style`. */
export const STYLE: string = `
:root{color-scheme:light dark;--page:#fbfbfa;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d5d9de;--wash:#f1f3f5;--good:#136c34;--good-wash:#dff3e4;--bad:#a8181e;--bad-wash:#fde7e6;--open:#7a4b00;--open-wash:#fdf0d2;--said:#4a3aa7;--said-wash:#ebe8fb;--link:#0b57b0;--band:#9bd3ab}
@media (prefers-color-scheme:dark){:root{--page:#14171b;--card:#1b1f24;--ink:#e8ebee;--soft:#a7b0ba;--line:#39414a;--wash:#232930;--good:#7fdc9b;--good-wash:#15351f;--bad:#ff9d97;--bad-wash:#451a1a;--open:#f2c46d;--open-wash:#3c2c0c;--said:#c0b6ff;--said-wash:#2b2650;--link:#8cbcff;--band:#2f7a46}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;overflow-wrap:anywhere;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main,footer{max-width:66rem;margin:0 auto;padding:1rem}
main>section,main>article,main>nav{margin:0 0 1.25rem}article.image{border-top:2px solid var(--line);padding-top:1rem}
h1{font-size:1.35rem;line-height:1.35;margin:.4rem 0 0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 .6rem}
h3,h4{font-size:1rem;margin:1.2rem 0 .4rem}.card>h2:first-child,.card>h3:first-child{margin-top:0}
article h3{font-size:1.05rem}
p{margin:.4rem 0}
a{color:var(--link)}
code,pre,.mono{font:.86em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--wash);padding:.7rem;border-radius:6px;margin:.4rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem}
.card+.card{margin-top:1.25rem}
.skip{position:absolute;left:-999rem}
.skip:focus{position:static}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.verdict{display:inline-block;font-weight:700;letter-spacing:.03em;padding:.15rem .7rem;border-radius:999px;border:1px solid currentColor}
.verified,.satisfied,.passed,.proven,.accepted{color:var(--good)}
.rejected,.failed,.refused{color:var(--bad)}
.indeterminate,.unknown,.unproven{color:var(--open)}
.verdict.verified{background:var(--good-wash)}.verdict.rejected{background:var(--bad-wash)}.verdict.indeterminate{background:var(--open-wash)}
.tag{display:inline-block;font-size:.78rem;line-height:1.35;padding:.05rem .5rem;border-radius:999px;white-space:nowrap;border:1px solid currentColor}
.tag.proven,.tag.satisfied,.tag.found{color:var(--good);background:var(--good-wash)}.tag.asserted,.tag.signer{color:var(--said);background:var(--said-wash)}.tag.unproven,.tag.unknown{color:var(--open);background:var(--open-wash)}.tag.failed{color:var(--bad);background:var(--bad-wash)}.tag.absent,.tag.unsupported{color:var(--soft)}
.soft{color:var(--soft)}.lead{font-size:1.02rem}
dl.rows{display:grid;grid-template-columns:minmax(6.5rem,max-content) 1fr;gap:.25rem 1rem;margin:.6rem 0}
dl.rows dt{color:var(--soft)}dl.rows dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.4rem 0}
caption{text-align:left;color:var(--soft);font-size:.9rem;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:600;font-size:.85rem}
tbody th{font-weight:600}
table.fields{table-layout:fixed}table.fields th:first-child{width:11rem}table.fields td:last-child,table.fields thead th:last-child{width:9rem;text-align:right;padding-right:0}table.places th:first-child{width:9rem}table.waterfall{table-layout:fixed}table.waterfall th:nth-child(2){width:7rem}table.waterfall th:nth-child(3){width:34%}
details{margin:.2rem 0}
summary{cursor:pointer;padding:.2rem 0;overflow-wrap:anywhere}
details>.in{margin:.2rem 0 .6rem 1.1rem}
details.block{border:1px solid var(--line);border-radius:8px;padding:.35rem .8rem;margin:.5rem 0}
ul.tree{list-style:none;margin:0;padding:0}ul.tree ul.tree{margin-left:.55rem;padding-left:.9rem;border-left:2px solid var(--line)}
ul.tree>li{margin:.25rem 0}
.mark{display:inline-block;width:1.2em;font-weight:700}
.decided{font-weight:700}
.lanes{display:grid;grid-template-columns:minmax(8rem,16rem) 1fr;gap:0 1rem;align-items:center;margin:.4rem 0}
.lanes .lane{font-size:.9rem;padding:.3rem 0;overflow-wrap:anywhere}
svg{display:block}
.strip{width:100%;height:2.6rem}
.waterfall svg{width:100%;height:1rem;min-width:6rem}
.band{fill:var(--band)}.axis{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}.edge{stroke:var(--good);stroke-width:1;stroke-dasharray:3 3;vector-effect:non-scaling-stroke}
.dot{stroke:var(--ink);stroke-width:11;stroke-linecap:round;vector-effect:non-scaling-stroke}.dot.inside{stroke:var(--good)}.dot.outside{stroke:var(--bad)}.dot.here{stroke:var(--soft)}
.gap{fill:none;stroke:var(--soft);stroke-width:2;vector-effect:non-scaling-stroke}
.bar{fill:var(--link)}.bar.error{fill:var(--bad)}.bar.memory{fill:var(--soft)}
.path{margin:.6rem 0}
.path .step{display:grid;grid-template-columns:5.5rem 1fr;align-items:center;gap:.8rem}
.path .step svg{width:5.5rem;height:2.3rem}
.path .step span{font-size:.86rem;overflow-wrap:anywhere}
.limb{stroke:var(--line);stroke-width:2}.trunk{stroke:var(--good);stroke-width:3}.beside{fill:var(--card);stroke:var(--soft);stroke-width:2}.knot{fill:var(--good)}.rootknot{fill:var(--good);stroke:var(--ink);stroke-width:2}
footer{color:var(--soft);font-size:.88rem}
nav ul{margin:.3rem 0;padding-left:1.2rem}
@media (max-width:40rem){header,main,footer{padding:.7rem}.card{padding:.75rem}dl.rows{grid-template-columns:1fr;gap:0}dl.rows dd{margin:0 0 .45rem}.lanes{grid-template-columns:1fr}.lanes .lane{padding-bottom:0}table,tbody,tr,th,td,caption,table.fields th:first-child,table.places th:first-child,table.fields td:last-child{display:block;width:auto;text-align:left}thead{position:absolute;left:-999rem}tr{border-bottom:1px solid var(--line);padding:.35rem 0}th,td{border:0;padding:.05rem 0}}
@media print{body{background:#fff;font-size:10.5pt}header,main,footer{max-width:none;padding:0}.card,details.block{break-inside:auto;border-color:#bbb}tr,.step,.lane{break-inside:avoid}h2,h3,summary{break-after:avoid}details::details-content{content-visibility:visible;display:block;height:auto}.skip{display:none}}
`;

/** What the page's Content-Security-Policy names instead of the style itself. */
export function styleHash(): string {
  return `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
}
