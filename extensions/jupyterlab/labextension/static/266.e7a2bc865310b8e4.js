"use strict";(self.rspackChunksnn_workbench=self.rspackChunksnn_workbench||[]).push([[266],{28(n,e,r){var t=r(26),o=r.n(t),a=r(27),s=(r.n(a))()(o());s.push([n.id,`/* The panel around the workbench; the workbench brings its own styles. */
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
`,""]),r.d(e,{},{A:s})},25(n,e,r){var t=r(26),o=r.n(t),a=r(27),s=r.n(a),i=r(28),c=s()(o());c.i(i.A),c.push([n.id,`
`,""]),r.d(e,{},{A:c})},27(n){n.exports=function(n){var e=[];return e.toString=function(){return this.map(function(e){var r="",t=void 0!==e[5];return e[4]&&(r+="@supports (".concat(e[4],") {")),e[2]&&(r+="@media ".concat(e[2]," {")),t&&(r+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),r+=n(e),t&&(r+="}"),e[2]&&(r+="}"),e[4]&&(r+="}"),r}).join("")},e.i=function(n,r,t,o,a){"string"==typeof n&&(n=[[null,n,void 0]]);var s={};if(t)for(var i=0;i<this.length;i++){var c=this[i][0];null!=c&&(s[c]=!0)}for(var u=0;u<n.length;u++){var p=[].concat(n[u]);t&&s[p[0]]||(void 0!==a&&(void 0===p[5]||(p[1]="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {").concat(p[1],"}")),p[5]=a),r&&(p[2]&&(p[1]="@media ".concat(p[2]," {").concat(p[1],"}")),p[2]=r),o&&(p[4]?(p[1]="@supports (".concat(p[4],") {").concat(p[1],"}"),p[4]=o):p[4]="".concat(o)),e.push(p))}},e}},26(n){n.exports=function(n){return n[1]}},18(n,e,r){r.r(e);var t=r(19),o=r.n(t),a=r(20),s=r.n(a),i=r(21),c=r.n(i),u=r(22),p=r.n(u),l=r(23),d=r.n(l),f=r(24),h=r.n(f),v=r(25),m={};m.styleTagTransform=h(),m.setAttributes=p(),m.insert=c().bind(null,"head"),m.domAPI=s(),m.insertStyleElement=d(),o()(v.A,m);let b=v.A&&v.A.locals?v.A.locals:void 0;r.d(e,{},{default:b})},19(n){var e=[];function r(n){for(var r=-1,t=0;t<e.length;t++)if(e[t].identifier===n){r=t;break}return r}function t(n,t){for(var o={},a=[],s=0;s<n.length;s++){var i=n[s],c=t.base?i[0]+t.base:i[0],u=o[c]||0,p="".concat(c," ").concat(u);o[c]=u+1;var l=r(p),d={css:i[1],media:i[2],sourceMap:i[3],supports:i[4],layer:i[5]};if(-1!==l)e[l].references++,e[l].updater(d);else{var f=function(n,e){var r=e.domAPI(e);return r.update(n),function(e){e?(e.css!==n.css||e.media!==n.media||e.sourceMap!==n.sourceMap||e.supports!==n.supports||e.layer!==n.layer)&&r.update(n=e):r.remove()}}(d,t);t.byIndex=s,e.splice(s,0,{identifier:p,updater:f,references:1})}a.push(p)}return a}n.exports=function(n,o){var a=t(n=n||[],o=o||{});return function(n){n=n||[];for(var s=0;s<a.length;s++){var i=r(a[s]);e[i].references--}for(var c=t(n,o),u=0;u<a.length;u++){var p=r(a[u]);0===e[p].references&&(e[p].updater(),e.splice(p,1))}a=c}}},21(n){var e={};n.exports=function(n,r){var t=function(n){if(void 0===e[n]){var r=document.querySelector(n);if(window.HTMLIFrameElement&&r instanceof window.HTMLIFrameElement)try{r=r.contentDocument.head}catch(n){r=null}e[n]=r}return e[n]}(n);if(!t)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");t.appendChild(r)}},23(n){n.exports=function(n){var e=document.createElement("style");return n.setAttributes(e,n.attributes),n.insert(e,n.options),e}},22(n,e,r){n.exports=function(n){var e=r.nc;e&&n.setAttribute("nonce",e)}},20(n){n.exports=function(n){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=n.insertStyleElement(n);return{update:function(r){var t,o,a;t="",r.supports&&(t+="@supports (".concat(r.supports,") {")),r.media&&(t+="@media ".concat(r.media," {")),(o=void 0!==r.layer)&&(t+="@layer".concat(r.layer.length>0?" ".concat(r.layer):""," {")),t+=r.css,o&&(t+="}"),r.media&&(t+="}"),r.supports&&(t+="}"),(a=r.sourceMap)&&"u">typeof btoa&&(t+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(a))))," */")),n.styleTagTransform(t,e,n.options)},remove:function(){var n;null===(n=e).parentNode||n.parentNode.removeChild(n)}}}},24(n){n.exports=function(n,e){if(e.styleSheet)e.styleSheet.cssText=n;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(n))}}}}]);