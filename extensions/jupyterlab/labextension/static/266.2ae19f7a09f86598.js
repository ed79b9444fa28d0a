"use strict";(self.rspackChunksnn_workbench=self.rspackChunksnn_workbench||[]).push([[266],{30(n,e,o){var r=o(28),t=o.n(r),a=o(29),s=(o.n(a))()(t());s.push([n.id,`/* The panel around the workbench; the workbench brings its own styles. */
.snn-workbench-body {
  background: var(--jp-layout-color0);
  overflow: auto;
}
.snn-workbench-body .jp-OutputArea-output { padding: 0 8px; overflow: visible; }
.snn-workbench-body .jp-OutputArea-child { overflow: visible; }
.snn-workbench-message {
  max-width: 46em;
  margin: 24px auto;
  padding: 0 16px;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size2);
  line-height: 1.5;
}
.snn-workbench-message pre { background: var(--jp-layout-color2); border-radius: 4px; padding: 8px 12px; overflow-x: auto; }
.snn-workbench-message button { margin-right: 8px; }

/* The viewer of .snn files. */
.snn-workbench-summary {
  background: var(--jp-layout-color0);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  overflow: auto;
  padding: 16px 24px 32px;
}
.snn-workbench-summary h1 { font-size: var(--jp-ui-font-size3); margin: 0; overflow-wrap: anywhere; }
.snn-workbench-summary h2 { font-size: var(--jp-ui-font-size2); margin: 24px 0 8px; }
.snn-workbench-summary > p { color: var(--jp-ui-font-color2); margin: 2px 0 12px; }
.snn-workbench-counts { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; margin: 0; padding: 0; }
.snn-workbench-counts li { background: var(--jp-layout-color2); border-radius: 6px; padding: 6px 12px; }
.snn-workbench-counts strong { font-size: var(--jp-ui-font-size2); font-variant-numeric: tabular-nums; }
.snn-workbench-scroll { overflow-x: auto; }
.snn-workbench-summary table { border-collapse: collapse; }
.snn-workbench-summary th { color: var(--jp-ui-font-color2); font-weight: 600; }
.snn-workbench-summary th,
.snn-workbench-summary td {
  border-bottom: 1px solid var(--jp-border-color2);
  padding: 4px 16px 4px 0;
  text-align: left;
  vertical-align: top;
}
.snn-workbench-summary .snn-workbench-number { text-align: right; font-variant-numeric: tabular-nums; }

/* What the toolbar says of documents, and the page never writes to networks. */
.snn-workbench-document [data-jp-item-name="read-only-indicator"] { display: none; }

/* The side bar. */
.snn-workbench-networks {
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  overflow: auto;
}
.snn-workbench-networks h2 { font-size: var(--jp-ui-font-size1); margin: 12px 12px 4px; }
.snn-workbench-networks p { color: var(--jp-ui-font-color2); margin: 4px 12px; }
.snn-workbench-networks ul { list-style: none; margin: 0; padding: 0; }
.snn-workbench-networks button {
  align-items: center;
  background: none;
  border: 0;
  color: inherit;
  cursor: pointer;
  display: flex;
  font: inherit;
  gap: 8px;
  padding: 5px 12px;
  text-align: left;
  width: 100%;
}
.snn-workbench-networks button:hover { background: var(--jp-layout-color2); }
.snn-workbench-networks button:focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: -2px; }
.snn-workbench-networks button > span:last-child { min-width: 0; }
.snn-workbench-networks strong,
.snn-workbench-networks small { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.snn-workbench-networks small { color: var(--jp-ui-font-color2); font-size: var(--jp-ui-font-size0); }
`,""]),o.d(e,{},{A:s})},27(n,e,o){var r=o(28),t=o.n(r),a=o(29),s=o.n(a),i=o(30),c=s()(t());c.i(i.A),c.push([n.id,`
`,""]),o.d(e,{},{A:c})},29(n){n.exports=function(n){var e=[];return e.toString=function(){return this.map(function(e){var o="",r=void 0!==e[5];return e[4]&&(o+="@supports (".concat(e[4],") {")),e[2]&&(o+="@media ".concat(e[2]," {")),r&&(o+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),o+=n(e),r&&(o+="}"),e[2]&&(o+="}"),e[4]&&(o+="}"),o}).join("")},e.i=function(n,o,r,t,a){"string"==typeof n&&(n=[[null,n,void 0]]);var s={};if(r)for(var i=0;i<this.length;i++){var c=this[i][0];null!=c&&(s[c]=!0)}for(var p=0;p<n.length;p++){var l=[].concat(n[p]);r&&s[l[0]]||(void 0!==a&&(void 0===l[5]||(l[1]="@layer".concat(l[5].length>0?" ".concat(l[5]):""," {").concat(l[1],"}")),l[5]=a),o&&(l[2]&&(l[1]="@media ".concat(l[2]," {").concat(l[1],"}")),l[2]=o),t&&(l[4]?(l[1]="@supports (".concat(l[4],") {").concat(l[1],"}"),l[4]=t):l[4]="".concat(t)),e.push(l))}},e}},28(n){n.exports=function(n){return n[1]}},20(n,e,o){o.r(e);var r=o(21),t=o.n(r),a=o(22),s=o.n(a),i=o(23),c=o.n(i),p=o(24),l=o.n(p),u=o(25),d=o.n(u),f=o(26),h=o.n(f),v=o(27),b={};b.styleTagTransform=h(),b.setAttributes=l(),b.insert=c().bind(null,"head"),b.domAPI=s(),b.insertStyleElement=d(),t()(v.A,b);let m=v.A&&v.A.locals?v.A.locals:void 0;o.d(e,{},{default:m})},21(n){var e=[];function o(n){for(var o=-1,r=0;r<e.length;r++)if(e[r].identifier===n){o=r;break}return o}function r(n,r){for(var t={},a=[],s=0;s<n.length;s++){var i=n[s],c=r.base?i[0]+r.base:i[0],p=t[c]||0,l="".concat(c," ").concat(p);t[c]=p+1;var u=o(l),d={css:i[1],media:i[2],sourceMap:i[3],supports:i[4],layer:i[5]};if(-1!==u)e[u].references++,e[u].updater(d);else{var f=function(n,e){var o=e.domAPI(e);return o.update(n),function(e){e?(e.css!==n.css||e.media!==n.media||e.sourceMap!==n.sourceMap||e.supports!==n.supports||e.layer!==n.layer)&&o.update(n=e):o.remove()}}(d,r);r.byIndex=s,e.splice(s,0,{identifier:l,updater:f,references:1})}a.push(l)}return a}n.exports=function(n,t){var a=r(n=n||[],t=t||{});return function(n){n=n||[];for(var s=0;s<a.length;s++){var i=o(a[s]);e[i].references--}for(var c=r(n,t),p=0;p<a.length;p++){var l=o(a[p]);0===e[l].references&&(e[l].updater(),e.splice(l,1))}a=c}}},23(n){var e={};n.exports=function(n,o){var r=function(n){if(void 0===e[n]){var o=document.querySelector(n);if(window.HTMLIFrameElement&&o instanceof window.HTMLIFrameElement)try{o=o.contentDocument.head}catch(n){o=null}e[n]=o}return e[n]}(n);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(o)}},25(n){n.exports=function(n){var e=document.createElement("style");return n.setAttributes(e,n.attributes),n.insert(e,n.options),e}},24(n,e,o){n.exports=function(n){var e=o.nc;e&&n.setAttribute("nonce",e)}},22(n){n.exports=function(n){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=n.insertStyleElement(n);return{update:function(o){var r,t,a;r="",o.supports&&(r+="@supports (".concat(o.supports,") {")),o.media&&(r+="@media ".concat(o.media," {")),(t=void 0!==o.layer)&&(r+="@layer".concat(o.layer.length>0?" ".concat(o.layer):""," {")),r+=o.css,t&&(r+="}"),o.media&&(r+="}"),o.supports&&(r+="}"),(a=o.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(a))))," */")),n.styleTagTransform(r,e,n.options)},remove:function(){var n;null===(n=e).parentNode||n.parentNode.removeChild(n)}}}},26(n){n.exports=function(n,e){if(e.styleSheet)e.styleSheet.cssText=n;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(n))}}}}]);